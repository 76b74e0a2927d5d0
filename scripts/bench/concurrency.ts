// Runs many hooks at once beside a monitor that writes. None may fail. The shell that waits for a hook measures its
// processor time.

import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { quantile } from "./measure.ts";
import type { BenchFixture } from "./fixture.ts";

export interface TogetherResult {
  atOnce: number;
  hooks: number;
  errors: string[];
  /** Processor time of one hook, its own processes only, in milliseconds. */
  cpuMedianMs: number;
  cpuP95Ms: number;
}

interface HookRun {
  cpuMs: number;
  error: string | null;
}

function runHook(fixture: BenchFixture): Promise<HookRun> {
  const id = randomUUID();
  const input = {
    session_id: id,
    cwd: fixture.project,
    hook_event_name: "SessionStart",
    source: "startup",
  };
  // User and system time of the inner shell and the processes that it waited for.
  const script = `TIMEFORMAT='%U %S'; time /bin/sh -c "$HOOK"`;
  const child = spawn("bash", ["-c", script], {
    cwd: fixture.project,
    env: {
      ...fixture.env,
      HOOK: fixture.command("session-start"),
      CLAUDE_CODE_SESSION_ID: id,
      CLAUDE_PROJECT_DIR: fixture.project,
    },
    stdio: "pipe",
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString("utf8")));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString("utf8")));
  child.stdin.on("error", () => undefined);
  child.stdin.end(JSON.stringify(input));
  return new Promise((resolve) => {
    child.on("close", (code) => {
      const times = /([\d.]+) ([\d.]+)\s*$/.exec(stderr);
      const isRight = code === 0 && times !== null && stdout.includes("Next, this branch's: TASK-");
      resolve({
        cpuMs: (Number(times?.[1]) + Number(times?.[2])) * 1000,
        error: isRight ? null : `exit ${code}: ${stdout.slice(0, 100)}${stderr.slice(0, 100)}`,
      });
    });
  });
}

/** Starts a process that saves changed tasks and a git state as fast as it can, like a very busy monitor. */
function startWriter(fixture: BenchFixture): Disposable {
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, "writer.ts"), join(fixture.state, "cache.db")],
    { stdio: "ignore" },
  );
  return { [Symbol.dispose]: () => void child.kill("SIGKILL") };
}

/** Starts `atOnce` hooks together, `waves` times. */
export async function measureTogether(
  fixture: BenchFixture,
  atOnce: number,
  waves: number,
): Promise<TogetherResult> {
  using writer = new DisposableStack();
  writer.use(startWriter(fixture));
  const runs: HookRun[] = [];
  for (let wave = 0; wave < waves; wave += 1) {
    fixture.setSource("up");
    await fixture.setGitState(Date.now());
    runs.push(...(await Promise.all(Array.from({ length: atOnce }, () => runHook(fixture)))));
  }
  const times = runs.map((run) => run.cpuMs);
  return {
    atOnce,
    hooks: runs.length,
    errors: runs.flatMap((run) => run.error ?? []),
    cpuMedianMs: quantile(times, 0.5),
    cpuP95Ms: quantile(times, 0.95),
  };
}
