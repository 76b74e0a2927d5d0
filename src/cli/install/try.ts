// It writes to a temporary folder, unless Sitrep has been used on this machine.

import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createCommandContext } from "../../config/context.ts";
import { runBrief } from "../brief.ts";
import type { Run } from "../program/verb-context.ts";
import { remark } from "../terminal/terminal.ts";

export const runTry: Run = async (context, options) => {
  const isHere = existsSync(context.files.cache);
  const scratch = isHere ? null : mkdtempSync(join(tmpdir(), "sitrep-try-"));
  try {
    const own =
      scratch === null
        ? context
        : createCommandContext({ ...context.env, SITREP_HOME: scratch }, context.cwd);
    await runBrief(own, { ...options, event: "session-start" });
  } finally {
    if (scratch !== null) rmSync(scratch, { recursive: true, force: true });
  }
  if (options.json === true) return;
  remark("");
  remark("Claude Code would read this at the start of a session here. Nothing was changed.");
  remark("To get this in every session: npx sitrep install");
};
