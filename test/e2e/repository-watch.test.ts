// What the monitor sees at once of a session's repository, and what becomes of it when the repository or it is replaced.

import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { wakeMonitor } from "../../src/state/live/lease.ts";
import { peekNews } from "../../src/state/live/pending-news.ts";
import {
  contextOf,
  isRunning,
  prepareInstallation,
  sessionStartInput,
  toolInput,
} from "../support/installation.ts";
import type { TestInstallation } from "../support/installation.ts";
import { repositoryAt } from "../support/repository.ts";
import { eventually } from "../support/waiting.ts";

/** A heartbeat so slow that nothing here waits for it: what is seen was told by a notice. */
const refresh = { heartbeatSeconds: 60 };

async function begin(where?: (installation: TestInstallation) => string) {
  const installation = prepareInstallation();
  writeFileSync(join(installation.sitrepHome, "config.json"), JSON.stringify({ refresh }));
  installation.ok("install", "--yes");
  const folder = where?.(installation) ?? installation.project.folder;
  const { sessionStart, preToolUse } = installation.commands();
  const env = { CLAUDE_CODE_SESSION_ID: "session-1", PWD: folder };
  const input = { cwd: folder };
  const start = async (): Promise<string | null> =>
    contextOf(await installation.hook(sessionStart, sessionStartInput(installation, input), env));
  // What it hears is what follows the state that it was told: on a busy machine git may be too slow for a first brief.
  await expect.poll(start).toMatch(/Git: .*; clean/);
  const repository = repositoryAt(folder);
  const isOut = (branch: string): boolean =>
    peekNews(installation.live, "session-1", "news")?.items.some(
      (item) => item.kind === "branch" && item.to === branch,
    ) ?? false;
  const hears = async (branch: string): Promise<string | null> => {
    repository.git("switch", "-q", "-c", branch);
    await expect.poll(() => isOut(branch)).toBe(true);
    const command = `cd '${folder}' && ${preToolUse}`;
    // One that is given up (`hook-deadline`) takes nothing.
    return eventually(async () => {
      const text = contextOf(await installation.hook(command, toolInput(installation, input), env));
      expect(text).not.toBeNull();
      return text;
    });
  };
  return { installation, repository, hears };
}

test("a session gets the news of a switched branch, in a linked worktree too", async () => {
  const { installation, hears } = await begin(({ home, project }) => {
    project.git("worktree", "add", "-q", "-b", "linked", join(home, "linked"));
    return join(home, "linked");
  });
  expect(await hears("one")).toContain("The working tree is on one now; it was on linked.");
  expect(await hears("two")).toContain("The working tree is on two now; it was on one.");
  expect(isRunning(installation.monitorPid() ?? 0)).toBe(true);
});

test("a session gets the news of a switched branch by the monitor that replaced a killed one", async () => {
  const { installation, hears } = await begin();
  await hears("one");
  const killed = installation.monitorPid() ?? 0;
  process.kill(killed, "SIGKILL");
  await expect.poll(() => isRunning(killed)).toBe(false);
  installation.ok("start");
  await expect.poll(() => isRunning(installation.monitorPid() ?? 0)).toBe(true);
  expect(await hears("two")).toContain("The working tree is on two now");
});

test("a session gets the news of a switched branch after the .git folder was replaced", async () => {
  const { repository, hears } = await begin();
  await hears("one");
  const git = join(repository.folder, ".git");
  renameSync(git, join(repository.folder, "old.git"));
  repository.git("init", "-q", "-b", "fresh");
  expect(await hears("two")).toContain("The working tree is on two now; it was on ");
});

test("a session gets the news of a switched branch after the repository was deleted and created again", async () => {
  const { installation, repository, hears } = await begin();
  await hears("one");
  const pid = installation.monitorPid();
  rmSync(repository.folder, { recursive: true });
  wakeMonitor(installation.live);
  mkdirSync(repository.folder);
  repository.git("init", "-q", "-b", "fresh");
  expect(await hears("two")).toContain("The working tree is on two now; it was on ");
  expect(installation.monitorPid()).toBe(pid);
});
