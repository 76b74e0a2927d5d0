// The peers that npm has, pinned, each with what it runs at the event that is compared. They run on our Node, in a home
// of their own, and are given what they need to be in good health.

import { execFileSync, spawn, spawnSync } from "node:child_process";
import { copyFileSync, cpSync, existsSync, mkdirSync, symlinkSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { ensurePackage } from "../cached-packages.ts";
import type { Case } from "./measure.ts";
import type { Stage } from "./stage.ts";

export type Compared = "SessionStart" | "PreToolUse";

export interface PeerCase extends Case {
  /** The event of ours that it stands beside. */
  beside: Compared;
}

/** `failed`: the peers that could not be run, and why. */
export interface Peers extends Disposable {
  cases: PeerCase[];
  failed: { name: string; reason: string }[];
}

interface Ground {
  stage: Stage;
  home: string;
  input: Record<Compared, string>;
  env: Record<string, string>;
  node: string;
}

const packageIn = (spec: string, name: string): string =>
  join(ensurePackage(spec), "node_modules", name);

function peerCase(ground: Ground, beside: Compared, name: string, args: string[]): PeerCase {
  return {
    beside,
    name,
    command: ground.node,
    args,
    cwd: ground.stage.project,
    env: ground.env,
    input: ground.input[beside],
    every: 2,
    check: (stdout, status) => {
      if (status !== 0) throw new Error(`${name} ended with ${status}: ${stdout.slice(0, 200)}`);
    },
  };
}

function tddGuard(ground: Ground): PeerCase[] {
  const program = join(packageIn("tdd-guard@1.7.0", "tdd-guard"), "dist/cli/tdd-guard.js");
  return (["SessionStart", "PreToolUse"] as const).map((event) =>
    peerCase(ground, event, `tdd-guard 1.7.0, ${event}`, [program]),
  );
}

/** Its hooks repair SQLite's addon at each call, by npm, where they do not find it: here they do. */
function contextMode(ground: Ground): PeerCase[] {
  const folder = packageIn("context-mode@1.0.169", "context-mode");
  const own = join(folder, "node_modules/better-sqlite3");
  const binary = join(own, "build/Release/better_sqlite3.node");
  if (!existsSync(binary)) {
    const ours = join(import.meta.dirname, "../../node_modules/better-sqlite3");
    cpSync(ours, own, { recursive: true });
    mkdirSync(dirname(binary), { recursive: true });
    copyFileSync(join(ours, `prebuilds/${process.platform}-${process.arch}.node`), binary);
  }
  return [
    peerCase(ground, "SessionStart", "context-mode 1.0.169, SessionStart", [
      join(folder, "hooks/sessionstart.mjs"),
    ]),
    peerCase(ground, "PreToolUse", "context-mode 1.0.169, PreToolUse", [
      join(folder, "hooks/pretooluse.mjs"),
    ]),
  ];
}

function backlog(ground: Ground): PeerCase[] {
  const program = join(packageIn("backlog.md@1.52.0", "backlog.md"), "cli.js");
  const folder = join(ground.home, "backlog-project");
  mkdirSync(folder, { recursive: true });
  const run = (...args: string[]): void => {
    execFileSync(ground.node, [program, ...args], {
      cwd: folder,
      env: ground.env,
      stdio: "ignore",
    });
  };
  execFileSync("git", ["init", "-q", "."], { cwd: folder, env: ground.env });
  run("init", "Shop", "--defaults");
  run("config", "set", "remoteOperations", "false");
  for (let index = 0; index < 20; index += 1) run("task", "create", `Task ${index}`);
  const listed = peerCase(ground, "SessionStart", "Backlog.md 1.52.0, task list --plain", [
    program,
    "task",
    "list",
    "--plain",
  ]);
  return [{ ...listed, cwd: folder }];
}

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

/** Its hooks ask a worker, which is started here and runs warm; ended by its own number. */
async function claudeMem(ground: Ground): Promise<{ cases: PeerCase[]; end: () => void }> {
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

/** Sets up each peer; what cannot be is named with its reason. */
export async function setPeers(stage: Stage): Promise<Peers> {
  const home = join(stage.home, "peers");
  mkdirSync(home, { recursive: true });
  const shared = { session_id: "bench", transcript_path: "/dev/null", cwd: stage.project };
  const call = { tool_name: "Bash", tool_input: { command: "npm test" }, tool_use_id: "toolu_01" };
  const ground: Ground = {
    stage,
    home,
    node: stage.installation.node,
    env: {
      HOME: home,
      PATH: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`,
      TZ: "UTC",
    },
    input: {
      SessionStart: JSON.stringify({
        ...shared,
        hook_event_name: "SessionStart",
        source: "startup",
      }),
      PreToolUse: JSON.stringify({ ...shared, hook_event_name: "PreToolUse", ...call }),
    },
  };
  const cases: PeerCase[] = [];
  const failed: Peers["failed"] = [];
  const ends: (() => void)[] = [];
  const add = async (name: string, set: () => PeerCase[] | Promise<PeerCase[]>): Promise<void> => {
    try {
      cases.push(...(await set()));
    } catch (error) {
      failed.push({
        name,
        reason: error instanceof Error ? (error.message.split("\n")[0] ?? "") : "unknown",
      });
    }
  };
  await add("tdd-guard", () => tddGuard(ground));
  await add("context-mode", () => contextMode(ground));
  await add("Backlog.md", () => backlog(ground));
  await add("claude-mem", async () => {
    const set = await claudeMem(ground);
    ends.push(set.end);
    return set.cases;
  });
  return {
    cases,
    failed,
    [Symbol.dispose]: () => {
      for (const end of ends) end();
    },
  };
}
