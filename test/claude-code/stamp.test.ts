// The real client, 2.1.329: the process that a stamp names is the client's own, from the session's start to its end.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { listLive, readClaudeCodePids } from "../../src/state/live/stamps.ts";
import { install } from "../support/installed.ts";
import { bash, runClaude } from "./claude.ts";

test.skipIf(process.platform !== "linux")(
  "a session's stamp names the process of Claude Code",
  async () => {
    const installation = await install();
    const seen: string[][] = [];
    const session = await runClaude(installation, {
      script: (_, index) => {
        const { live } = installation;
        const clients = listLive(live).names.flatMap((name) =>
          readClaudeCodePids(listLive(live, [name])),
        );
        const of = ({ pid }: { pid: number }) => readFileSync(`/proc/${pid}/cmdline`, "utf8");
        seen.push(
          clients.map((one) => `${one.sessionId} ${one.pid} ${of(one).includes("--debug-file=")}`),
        );
        return index <= 3 ? bash("echo one") : { text: "done" };
      },
    });
    const all = seen.flat();
    expect(new Set(all).size).toBe(1);
    expect(all[0]).toMatch(new RegExp(`^${session.sessionId} \\d+ true$`));
    // The stamp of the start, then that of the calls too.
    expect(seen.map((one) => one.length)).toEqual([1, 2, 2, 2]);
  },
);
