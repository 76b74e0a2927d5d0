// Changes the wall clock of a monitor and hooks with libfaketime, like somebody who sets the clock of the machine.

import {
  existsSync,
  globSync,
  readdirSync,
  readFileSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { Installation } from "../../src/config/installation.ts";
import { contextOf, sessionStartInput, toolInput, type TestInstallation } from "./installation.ts";

/** The path of libfaketime; null if it is not installed (`apt-get install faketime`). */
export const faketime: string | null =
  globSync("/usr/lib/{*/,}faketime/libfaketime.so.1").find((file) => existsSync(file)) ?? null;

/** Takes control of the clock of an installation whose monitor does not run yet. */
export function moveClockOf(installation: TestInstallation) {
  const file = join(installation.home, "clock");
  let offsetMs = 0;
  /** Sets the clock this far ahead of the machine's clock. */
  const set = (ms: number): void => {
    offsetMs = Math.trunc(ms / 1000) * 1000;
    writeFileSync(file, `${offsetMs < 0 ? "" : "+"}${offsetMs / 1000}`);
  };
  set(0);
  const env = {
    LD_PRELOAD: faketime ?? "",
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_CACHE_DURATION: "1",
    FAKETIME_DONT_FAKE_MONOTONIC: "1",
  };
  Object.assign(installation.env, env);
  // The monitor gets only the environment in the installation record.
  const record = join(installation.state, "installation.json");
  const recorded = JSON.parse(readFileSync(record, "utf8")) as Installation;
  writeFileSync(record, JSON.stringify({ ...recorded, env: { ...recorded.env, ...env } }));
  // A hook's Node gets only the variables that it reads, so the gates start a script that sets these.
  const gates = join(installation.state, "gates");
  const node = join(installation.home, "node-with-clock");
  const variables = Object.entries(env).map(([name, value]) => `${name}='${value}'`);
  writeFileSync(node, `#!/bin/sh\n${variables.join(" ")} exec '${recorded.node}' "$@"\n`, {
    mode: 0o755,
  });
  for (const name of readdirSync(gates)) {
    const text = readFileSync(join(gates, name), "utf8");
    writeFileSync(join(gates, name), text.replace(/^sitrep_node=.*$/m, `sitrep_node='${node}'`));
  }
  const now = (): number => Date.now() + offsetMs;

  /** Sets the file's time by the changed clock, because the kernel uses the machine's. */
  const date = (name: string, at: number): void => {
    const path = join(installation.live, name);
    if (existsSync(path)) utimesSync(path, at / 1000, at / 1000);
  };
  const session = { CLAUDE_CODE_SESSION_ID: "session-1" };
  return {
    set,
    now,
    /** Runs the session's next tool call and returns the text that the session reads. */
    call: async (): Promise<string | null> => {
      const { preToolUse } = installation.commands();
      const ran = await installation.hook(preToolUse, toolInput(installation), session);
      date("session-1", now());
      return contextOf(ran);
    },
    /** Starts a session and returns its brief. */
    begin: async (id = "session-1"): Promise<string> => {
      const input = sessionStartInput(installation, { session_id: id });
      const own = { CLAUDE_CODE_SESSION_ID: id };
      const begun = now();
      const ran = await installation.hook(installation.commands().sessionStart, input, own);
      date(`${id}.start`, begun);
      date(`${id}.claim.startup`, now());
      return contextOf(ran) ?? "";
    },
  };
}
