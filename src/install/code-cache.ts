// Makes V8's code caches of the hooks, by running each once in a scratch state folder: a quarter of a hook's time.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openCache } from "../state/cache/cache-file.ts";
import { stateFiles } from "../config/folders.ts";
import type { Installation } from "../config/installation.ts";
import type { Located } from "../git/repository.ts";
import { takeLease } from "../state/live/lease.ts";
import { publishNews } from "../state/live/pending-news.ts";
import type { CommandContext } from "../config/context.ts";

const sessionId = "warm-up";
const longestRunMs = 10_000;

/** The file beside a hook's body. */
export const codeCacheFile = (folder: string, hook: "session-start" | "pre-tool-use"): string =>
  join(folder, `${hook}.cache`);

/** A state folder with a copy of the cache, a lease that keeps any monitor from being started, and a piece of news. */
function setScratch(context: CommandContext, scratch: string, installation: Installation): void {
  const files = stateFiles(scratch);
  writeFileSync(files.installation, JSON.stringify(installation), { mode: 0o600 });
  const db = openCache(context.files.cache);
  try {
    db.prepare("VACUUM INTO ?").run(files.cache);
  } finally {
    db.close();
  }
  const identity = { pid: 0, processStart: "", version: "", startedAt: 0 };
  takeLease(files.live, identity, Date.now() + 60_000);
  const what = ["new"] as const;
  const task = {
    kind: "task",
    taskId: "TASK-1",
    title: "Warm up",
    priority: "high",
    what,
  } as const;
  const delivered = { git: null, sources: {} };
  publishNews(files.live, sessionId, "news", { at: Date.now(), items: [task], seq: 0, delivered });
}

/**
 * Makes the caches in the installed version's folder. Gives false when one could not be made: hooks do without, and
 * `doctor` says so.
 */
export function makeCodeCaches(
  context: CommandContext,
  installation: Installation,
  project: Located,
): boolean {
  mkdirSync(context.folders.state, { recursive: true, mode: 0o700 });
  const scratch = mkdtempSync(join(context.folders.state, "warm-"));
  const { node, folder } = installation;
  const run = (hook: "session-start" | "pre-tool-use", mode: string): boolean => {
    const input = { session_id: sessionId, cwd: project.worktree, source: "startup" };
    const { status } = spawnSync(node, [join(folder, "warm.cjs"), hook, scratch, mode], {
      cwd: "/",
      env: { ...installation.env },
      input: JSON.stringify(input),
      timeout: longestRunMs,
      stdio: ["pipe", "ignore", "ignore"],
    });
    return status === 0 && existsSync(codeCacheFile(folder, hook));
  };
  try {
    setScratch(context, scratch, installation);
    return [run("session-start", ""), run("pre-tool-use", "news")].every(Boolean);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
