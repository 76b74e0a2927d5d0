// claude-mem, whose hooks ask a worker.

import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, symlinkSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { packageIn, peerCase } from "./peer-case.ts";
import type { Compared, Ground, PeerCase } from "./peer-case.ts";

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

/** Starts the worker in advance, so that it is warm; `end` ends it by its pid. */
export async function claudeMem(ground: Ground): Promise<{ cases: PeerCase[]; end: () => void }> {
  const plugin = join(packageIn("claude-mem@11.0.0", "claude-mem"), "plugin");
  const bun = join(packageIn("bun@1.4.5", "bun"), "bin/bun.exe");
  const bin = join(ground.home, ".bun/bin");
  mkdirSync(bin, { recursive: true });
  symlinkSync(bun, join(bin, "bun"));
  const port = String(await freePort());
  const env = {
    ...ground.env,
    PATH: `${bin}:${ground.env["PATH"]}`,
    CLAUDE_PLUGIN_ROOT: plugin,
    CLAUDE_MEM_DATA_DIR: join(ground.home, "claude-mem"),
    CLAUDE_MEM_WORKER_PORT: port,
  };
  const service = join(plugin, "scripts/worker-service.cjs");
  const worker = spawn(bun, [service, "--daemon"], { env, stdio: "ignore", cwd: ground.home });
  const runner = join(plugin, "scripts/bun-runner.js");
  const call = (event: Compared, action: string): PeerCase => ({
    ...peerCase(ground, event, `claude-mem 11.0.0, ${action}, worker warm`, [
      runner,
      service,
      "hook",
      "claude-code",
      action,
    ]),
    env,
  });
  const cases = [call("SessionStart", "context"), call("PreToolUse", "observation")];
  const [first] = cases;
  if (first === undefined) throw new Error("no case");
  const end = (): void => void worker.kill("SIGKILL");
  for (let left = 100; left > 0; left -= 1) {
    const { status, stdout } = spawnSync(first.command, first.args, {
      cwd: first.cwd,
      env,
      input: first.input,
      encoding: "utf8",
    });
    if (status === 0 && stdout.includes("additionalContext")) return { cases, end };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  end();
  throw new Error("its worker did not come up");
}
