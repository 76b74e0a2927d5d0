// The peers on npm, pinned, each with the command that it runs at the compared event. They run on our Node, in a separate
// home, with everything that they need to work properly.

import { execFileSync } from "node:child_process";
import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { readObject } from "../../src/core/read.ts";
import { claudeMem } from "./claude-mem.ts";
import { packageIn, peerCase } from "./peer-case.ts";
import type { Ground, PeerCase } from "./peer-case.ts";
import type { BenchFixture } from "./fixture.ts";

/** `failed`: the peers that could not be run, and why. */
export interface Peers extends Disposable {
  cases: PeerCase[];
  failed: { name: string; reason: string }[];
}

function tddGuard(ground: Ground): PeerCase[] {
  const program = join(packageIn("tdd-guard@1.7.0", "tdd-guard"), "dist/cli/tdd-guard.js");
  return (["SessionStart", "PreToolUse"] as const).map((event) =>
    peerCase(ground, event, `tdd-guard 1.7.0, ${event}`, [program]),
  );
}

const versionOf = (folder: string): unknown =>
  readObject(JSON.parse(readFileSync(join(folder, "package.json"), "utf8")))?.["version"];

/** If its hooks do not find SQLite's addon, they repair it with npm at each call; so this puts the addon in place. */
function contextMode(ground: Ground): PeerCase[] {
  const folder = packageIn("context-mode@1.0.169", "context-mode");
  const own = join(folder, "node_modules/better-sqlite3");
  const binary = join(own, "build/Release/better_sqlite3.node");
  const ours = join(import.meta.dirname, "../../node_modules/better-sqlite3");
  // npm built the addon for the Node that npm ran on, which may be another version.
  if (versionOf(own) !== versionOf(ours)) {
    rmSync(own, { recursive: true, force: true });
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

/** Sets up the peers; `failed` names each one that could not be set up, with the reason. */
export async function setPeers(fixture: BenchFixture): Promise<Peers> {
  const home = join(fixture.home, "peers");
  mkdirSync(home, { recursive: true });
  const shared = { session_id: "bench", transcript_path: "/dev/null", cwd: fixture.project };
  const call = { tool_name: "Bash", tool_input: { command: "npm test" }, tool_use_id: "toolu_01" };
  const ground: Ground = {
    fixture,
    home,
    node: fixture.installation.node,
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
