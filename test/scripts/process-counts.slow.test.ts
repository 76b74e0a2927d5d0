// The counts of a coverage build's real processes, however they end.

import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { CoverageMap } from "@vitest/istanbul-lib-coverage";
import { describe, expect, test } from "vitest";
import { coverageFolders } from "../../scripts/counting/counted-build.ts";
import type { CoverageFolders } from "../../scripts/counting/counted-build.ts";
import { readProcessCounts } from "../../scripts/counting/process-counts.ts";
import { temporaryFolder } from "../support/temporary.ts";

const root = join(import.meta.dirname, "../..");
const source = join(root, "src");

function aCoverageBuild(): {
  folders: CoverageFolders;
  run: (...args: string[]) => string | number | null;
} {
  const folder = temporaryFolder();
  const state = join(folder, "state");
  mkdirSync(state);
  execFileSync(process.execPath, [join(root, "scripts/build.ts")], {
    env: { ...process.env, SITREP_COVERAGE: folder },
  });
  const folders = coverageFolders(folder);
  return {
    folders,
    run: (file, ...args) => {
      const { status, signal } = spawnSync(
        process.execPath,
        [join(folders.build, file), ...args.map((arg) => arg.replace("STATE", state))],
        { cwd: folder, env: { HOME: folder, SITREP_HOME: folder, TZ: "UTC" }, input: "{}" },
      );
      return signal ?? status;
    },
  };
}

/** How often everything ran that begins on the line of a source file that holds `text`. */
function timesRun(counts: CoverageMap, file: string, text: string): number {
  const path = join(source, file);
  const lines = readFileSync(path, "utf8").split("\n");
  const line = lines.findIndex((one) => one.includes(text)) + 1;
  const { statementMap, s } = counts.fileCoverageFor(path);
  const there = Object.keys(statementMap).filter((id) => statementMap[id]?.start.line === line);
  return Math.min(...there.map((id) => s[id] ?? 0));
}

describe("a coverage build", () => {
  test("counts what ran and what did not, in processes that end and in hooks that kill themselves", async () => {
    const { folders, run } = aCoverageBuild();
    expect(run("cli.cjs", "task", "list")).toBe(0);
    expect(run("cli.cjs", "task", "list")).toBe(0);
    expect(run("cli.cjs")).toBe(0);
    expect(run("cli.cjs", "status")).toBe(0);
    expect(run("cli.cjs", "serve", "key", "list")).toBe(0);
    expect(run("mcp.cjs")).toBe(0);
    expect(run("monitor.cjs")).toBe(0);
    expect(run("statusline.cjs", "STATE")).toBe("SIGKILL");
    expect(run("guard.cjs", "STATE")).toBe("SIGKILL");
    expect(run("session-start.cjs", "STATE")).toBe("SIGKILL");
    expect(run("pre-tool-use.cjs", "STATE")).toBe("SIGKILL");
    const counts = await readProcessCounts(folders, source);
    expect(timesRun(counts, "hooks/output.ts", 'process.kill(process.pid, "SIGKILL")')).toBe(4);
    expect(timesRun(counts, "cli/task/list.ts", "const most = limitOf(options)")).toBe(2);
    expect(timesRun(counts, "cli/task/lookup.ts", 'throw new SitrepError("task-not-found"')).toBe(
      0,
    );
    expect(timesRun(counts, "monitor/main.ts", "void runMonitor(state)")).toBe(0);
  });

  test("gives an error, not figures, if an executable ran in no process", async () => {
    const { folders, run } = aCoverageBuild();
    run("cli.cjs", "--version");
    await expect(readProcessCounts(folders, source)).rejects.toThrow(
      "no process has left counts of session-start.js",
    );
  });
});
