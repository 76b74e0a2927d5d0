// A crash, a full disk or a failing one at any point of a replacement: the old bytes or the new ones, never others.

import { readFileSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { requireTool, smallDisk } from "../../support/settings-machine.ts";
import { runProgram } from "../../support/settings-processes.ts";
import { temporaryFolder } from "../../support/temporary.ts";

describe("a system call that fails while a file is replaced", () => {
  /** Puts strace in front of a command, with a fault in the n-th call of one kind. */
  const withFault =
    (strace: string, call: string, fault: string, turn: number) =>
    (command: string[]): string[] => [
      strace,
      "-f",
      // Quicker, but it lets no signal through.
      ...(fault.startsWith("error") ? ["--seccomp-bpf"] : []),
      // Quicker, but it lets no signal through.
      ...(fault.startsWith("error") ? ["--seccomp-bpf"] : []),
      "-qq",
      "-o/dev/null",
      `-etrace=${call}`,
      `-einject=${call}:${fault}:when=${turn}`,
      ...command,
    ];

  // What replaceFile calls, in its order; nothing else in the process calls these.
  const calls = [
    { call: "fsync", turn: 1 },
    { call: "/^f?chmod(at)?$", turn: 1 },
    { call: "/^rename(at2?)?$", turn: 1 },
  ];
  const faults = calls.flatMap(({ call, turn }) =>
    ["EIO", "ENOSPC", "EROFS"].map((error) => ({ call, turn, error })),
  );

  test.for(faults)("F72: $error from $call leaves the old bytes and no draft", (fault, context) => {
    const strace = requireTool(context, "strace");
    const folder = temporaryFolder();
    const file = join(folder, "file");
    writeFileSync(file, "old");
    const wrap = withFault(strace, fault.call, `error=${fault.error}`, fault.turn);
    const { code } = runProgram("replace", [file, "new"], wrap);
    expect(readFileSync(file, "utf8")).toBe("old");
    expect(readdirSync(folder)).toEqual(["file"]);
    expect(code).toBe(fault.error);
  });

  test.for([...calls, { call: "fsync", turn: 2 }])(
    "F72: kill -9 at $call number $turn leaves the old or the new bytes",
    ({ call, turn }, context) => {
      const strace = requireTool(context, "strace");
      const file = join(temporaryFolder(), "file");
      writeFileSync(file, "old");
      const wrap = withFault(strace, call, "signal=SIGKILL", turn);
      const { code } = runProgram("replace", [file, "new"], wrap);
      expect(code).toBe("SIGKILL");
      expect(readFileSync(file, "utf8")).toBe(turn === 2 ? "new" : "old");
    },
  );
});

test("F72: a full disk leaves the old bytes and no draft", (context) => {
  const disk = smallDisk(context, 64);
  const file = join(disk, "file");
  const old = "o".repeat(20_000);
  writeFileSync(file, old);
  expect(runProgram("replace", [file, "n".repeat(60_000)]).code).toBe("ENOSPC");
  expect(readFileSync(file, "utf8")).toBe(old);
  expect(readdirSync(disk)).toEqual(["file"]);
});

test("a killed process's draft is removed by a replacement after a minute, not before", (context) => {
  const strace = requireTool(context, "strace");
  const folder = temporaryFolder();
  const file = join(folder, "file");
  runProgram("replace", [file, "new"], (command) => [
    strace,
    "-f",
    "-qq",
    "-o/dev/null",
    "-etrace=/^rename(at2?)?$",
    "-einject=/^rename(at2?)?$:signal=SIGKILL",
    ...command,
  ]);
  runProgram("replace", [file, "newer"]);
  const [draft = ""] = readdirSync(folder).filter((name) => name !== "file");
  expect(draft).toMatch(/^\.file\..*\.draft$/);
  const past = new Date(Date.now() - 61_000);
  utimesSync(join(folder, draft), past, past);
  runProgram("replace", [file, "newest"]);
  expect(readdirSync(folder)).toEqual(["file"]);
});
