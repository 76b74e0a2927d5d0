// Lists the changes that Sitrep can make to a source's tasks, and the user's permission. It calls no source.

import { loadOwnConfig } from "../../config/command-config.ts";
import type { CommandContext } from "../../config/context.ts";
import type { ProjectScope, TaskSource } from "../../core/ports.ts";
import { taskStatuses, type TaskStatus } from "../../core/task/task.ts";
import { createSourcePool } from "../../sources/source-pool.ts";
import {
  allowCommand,
  automationFor,
  consentFor,
  type Automation,
  type Consent,
} from "../../sources/writing/consent.ts";
import { statusName } from "../task/task-rows.ts";
import { listProjectSources } from "./lookup.ts";

export interface Writing {
  statuses: readonly TaskStatus[];
  notes: boolean;
  comments: boolean;
  assignees: boolean;
  consent: Consent;
  words: string;
}

/** Returns text such as `pending, completed, comments`, or "". */
export function abilityText({ statuses, comments, assignees }: Omit<Writing, "words">): string {
  const more = [...(comments ? ["comments"] : []), ...(assignees ? ["assignees"] : [])];
  return [...statuses.map((status) => statusName({ status })), ...more].join(", ");
}

function writingIn(source: TaskSource, consent: Consent, automation: Automation | null): Writing {
  const { update, comment, assign, writes } = source;
  const able = update === undefined ? [] : (writes?.statuses ?? taskStatuses);
  const statuses = taskStatuses.filter((status) => able.includes(status));
  const known = {
    statuses,
    notes: update !== undefined && writes?.notes !== false,
    comments: comment !== undefined,
    assignees: assign !== undefined,
    consent,
  };
  const words = abilityText(known);
  const allow = allowCommand(source.name);
  const state = {
    allowed: "writing is allowed",
    none: `writing is not allowed: ${allow}`,
    changed: `writing is no longer allowed, since its settings changed: ${allow}`,
  }[consent];
  const moves =
    automation === null
      ? ""
      : `; moves tasks from ${new Date(automation.dryUntil).toISOString().slice(0, 10)}`;
  return {
    ...known,
    words: words === "" ? "cannot be written" : `can set ${words}; ${state}${moves}`,
  };
}

/** Keyed by source name, without the embedded store. `only`: include just this source. */
export async function writingOf(
  context: CommandContext,
  scope: ProjectScope,
  only: string | null = null,
): Promise<Map<string, Writing>> {
  const config = loadOwnConfig(context);
  const sources = listProjectSources(context, scope)
    .map((one) => one.config)
    .filter(({ type, name }) => type !== "embedded" && (only === null || name === only));
  if (sources.length === 0) return new Map();
  await using pool = createSourcePool({ files: context.files, config: () => config, env: null });
  const opened = (await pool.sourcesOf(scope)).map(({ source }) => source);
  return new Map(
    sources.flatMap((one) => {
      const source = opened.find(({ name }) => name === one.name);
      const consent = consentFor(context.files, scope.path, one);
      const automation = automationFor(context.files, scope.path, one);
      return source === undefined
        ? []
        : [[one.name, writingIn(source, consent, automation)] as const];
    }),
  );
}
