// The tools for ids of artifacts: the next one, and a range for oneself.

import * as z from "zod";
import { Reservation } from "../wire.ts";
import { defineTool, projectField } from "./tool.ts";
import type { Tool } from "./tool.ts";

const artifactType = z
  .string()
  .trim()
  .regex(/^[A-Za-z][A-Za-z0-9_]{0,19}$/, { error: "must be a word such as US, SPEC or TASK" })
  .describe("Kind of id: US, SPEC, TASK, …");

const nextId = (usual: string | null): Tool =>
  defineTool({
    name: "get_next_available_id",
    title: "Get the next available id",
    description:
      "The next free id for a new artifact of a project (user story US-028, SPEC-003, TASK-051, …). Only reads: two that " +
      "ask get the same id. To have ids for yourself, call reserve_id_range.",
    kind: "read",
    input: z.strictObject({ artifact_type: artifactType, project_id: projectField(usual) }),
    output: z.object({ next_id: z.string() }),
    networkSentence: (reason) => `ID management API error: ${reason}`,
    run: async ({ artifact_type: type, project_id: project }, { backend, asked }) => {
      const id = await backend.nextId({ type, project }, asked);
      return { value: id, structured: { next_id: id } };
    },
  });

const reserveIds = (usual: string | null): Tool =>
  defineTool({
    name: "reserve_id_range",
    title: "Reserve a range of ids",
    description:
      "Reserve 1 to 100 consecutive ids (US-028 to US-033) for new artifacts, so that nobody else is given them. They " +
      "are never given out again, also when the reservation has expired.",
    kind: "write",
    input: z.strictObject({
      artifact_type: artifactType,
      count: z.number().int().min(1).max(100).describe("How many ids, 1 to 100"),
      project_id: projectField(usual),
    }),
    output: Reservation,
    networkSentence: (reason) => `ID reservation API error: ${reason}`,
    run: async ({ artifact_type: type, project_id: project, count }, { backend, asked }) => {
      const structured = { ...(await backend.reserveIds({ type, project, count }, asked)) };
      return { value: structured, structured };
    },
  });

export const idTools = (usual: string | null): Tool[] => [nextId(usual), reserveIds(usual)];
