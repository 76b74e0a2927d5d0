// The tool with which Claude leaves a note for the next session on this branch. Only on stdio: it is about this machine.

import { existsSync } from "node:fs";
import * as z from "zod";
import { loadOwnConfig, openCliCache } from "../../config/command-config.ts";
import type { CommandContext } from "../../config/context.ts";
import { noteKinds } from "../../core/handoff/handoff.ts";
import { maxNoteLength, createNote } from "../../core/handoff/keep-handoff.ts";
import { locate } from "../../git/repository.ts";
import { addHandoffNote } from "../../state/cache/handoffs.ts";
import { closing } from "../../state/sqlite/sqlite.ts";
import { defineTool, type Tool } from "../tools/tool.ts";

/** `folder`: the working tree; its branch is read at the call. */
export const noteTool = (context: CommandContext, folder: string): Tool =>
  defineTool({
    name: "leave_note",
    title: "Leave a note for the next session",
    description:
      "For the next session on this branch, record a decision (with its reason) or a dead end (what was tried, why it failed), in a " +
      "sentence or two without secrets. Kept on this machine for a week.",
    kind: "write",
    group: "tasks",
    input: z.strictObject({
      kind: z.enum(noteKinds),
      text: z.string().trim().min(1).max(maxNoteLength),
    }),
    output: z.object({ kept: z.boolean() }),
    run: async ({ kind, text }) => {
      const place = locate(folder);
      const kept = place !== null && !existsSync(context.files.handoffOff);
      if (kept) {
        closing(openCliCache(context, loadOwnConfig(context)), (db) =>
          addHandoffNote(db, place, createNote(kind, text, Date.now())),
        );
      }
      return { structured: { kept } };
    },
  });
