// `sitrep try`: the brief that Claude would read here, before anything is installed. It writes in a folder of its own, which
// goes afterwards, unless Sitrep is here already.

import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createCommandContext } from "../../config/context.ts";
import { runBrief } from "../brief.ts";
import type { Run } from "../program/options.ts";
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
  remark("That is what Claude Code would read here when a session starts. Nothing was changed.");
  remark("To have it in each session: npx sitrep install");
};
