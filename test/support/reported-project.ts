// A project with two weeks of history, for pictures and tests of the report: a real repository with branches and a
// worktree, tasks of the built product, two cached trackers, and the deliveries to sessions.

import { execFileSync } from "node:child_process";
import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createCommandContext } from "../../src/config/context.ts";
import { noNotes } from "../../src/core/ports.ts";
import { nextFailure } from "../../src/core/snapshot.ts";
import type { Task } from "../../src/core/task/task.ts";
import { openCache } from "../../src/state/cache/cache-file.ts";
import { takeLease } from "../../src/state/live/lease.ts";
import { createSpawnGit } from "../../src/git/spawn-git.ts";
import { refreshGit } from "../../src/monitor/git-refresh.ts";
import { refreshMismatches } from "../../src/monitor/mismatches/refresh-mismatches.ts";
import { addDelivery } from "../../src/state/cache/deliveries.ts";
import { countRefresh } from "../../src/state/cache/refresh-counts.ts";
import { endSession, saveDelivered } from "../../src/state/cache/sessions.ts";
import {
  configureSources,
  saveResponse,
  saveFailure,
} from "../../src/state/cache/task-snapshots.ts";
import { queryRows } from "../../src/state/sqlite/query.ts";
import type { Sqlite } from "../../src/state/sqlite/sqlite.ts";
import { builtFolder } from "./built.ts";
import { plainGitEnvironment } from "./repository.ts";

const [minute, hour, day] = [60_000, 3_600_000, 86_400_000];

export interface ReportedProject {
  folder: string;
  state: string;
  env: Record<string, string>;
  sitrep: (...args: string[]) => string;
}

function makeRepository(root: string, folder: string, now: number): void {
  const git = (at: number, ...args: string[]): string => {
    const date = new Date(now - at).toISOString();
    const env = { ...plainGitEnvironment, GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date };
    return execFileSync("git", args, { cwd: folder, env, encoding: "utf8" });
  };
  const commit = (at: number, subject: string): void => {
    writeFileSync(join(folder, `${subject.replaceAll(/\W+/g, "-")}.txt`), `${subject}\n`);
    git(at, "add", ".");
    git(at, "commit", "-q", "-m", subject);
  };
  const branch = (name: string, ...commits: readonly (readonly [number, string])[]): void => {
    git(0, "checkout", "-q", "-b", name, "main");
    for (const [at, subject] of commits) commit(at, subject);
  };
  mkdirSync(folder);
  git(0, "init", "-q", "-b", "main");
  git(0, "init", "-q", "--bare", "-b", "main", join(root, "origin.git"));
  git(0, "remote", "add", "origin", join(root, "origin.git"));
  commit(20 * day, "Begin");
  commit(12 * day, "Sign webhooks with a rotating key");
  git(0, "push", "-q", "-u", "origin", "main");
  branch("fix/SHOP-198-retry-storm", [9 * day, "Back off between payment retries"]);
  git(0, "push", "-q", "-u", "origin", "HEAD");
  branch("chore/upgrade-postgres-18", [6 * day, "Try PostgreSQL 18 in CI"]);
  branch("spike/edge-cache", [11 * day, "Measure the edge cache"], [10 * day, "Note the numbers"]);
  git(0, "checkout", "-q", "main");
  git(
    2 * day,
    "merge",
    "-q",
    "--no-ff",
    "-m",
    "Merge branch 'fix/SHOP-198-retry-storm'",
    "fix/SHOP-198-retry-storm",
  );
  git(0, "push", "-q");
  git(0, "remote", "set-head", "origin", "main");
  // The git reader takes the time of the last fetch from this file.
  utimesSync(join(folder, ".git/refs/remotes/origin/HEAD"), now / 1000, (now - 2 * hour) / 1000);
  branch("feature/TASK-003-oidc", [day, "Begin the login"], [3 * hour, "Ask for a code with PKCE"]);
  git(0, "push", "-q", "-u", "origin", "HEAD");
  commit(40 * minute, "Keep the session cookie as it is");
  git(
    0,
    "worktree",
    "add",
    "-q",
    "-b",
    "feature/SHOP-204-refunds",
    join(root, "shop-api-refunds"),
    "main",
  );
}

const task = (id: string, title: string, more: Partial<Task> = {}): Task => ({
  id,
  source: "",
  title,
  status: "pending",
  priority: "none",
  assignees: [],
  labels: [],
  dependsOn: [],
  inputs: [],
  outputs: [],
  ...more,
});

function trackers(now: number): { source: string; tasks: Task[]; code: string | null }[] {
  const ago = (days: number): string => new Date(now - days * day).toISOString();
  const issue = (number: number): string => `https://github.com/example/shop-api/issues/${number}`;
  return [
    {
      source: "linear",
      code: null,
      tasks: [
        task("SHOP-198", "Payment retries pile up when the bank is slow", {
          createdAt: ago(13),
          status: "in_progress",
          priority: "high",
          assignees: ["ana"],
          url: "https://linear.app/example/issue/SHOP-198",
        }),
        task("SHOP-204", "Refund part of an order", {
          createdAt: ago(8),
          status: "in_progress",
          priority: "medium",
          assignees: ["jun"],
          branch: "feature/SHOP-204-refunds",
        }),
        task("SHOP-211", "Customers in Norway see prices without VAT", {
          createdAt: ago(1),
          priority: "urgent",
          assignees: ["ana"],
          due: ago(-1).slice(0, 10),
        }),
        task("SHOP-207", "Send one e-mail for a split order", {
          createdAt: ago(5),
          priority: "medium",
          due: ago(2).slice(0, 10),
          assignees: ["ana"],
        }),
        task("SHOP-209", "Search finds discontinued products", { createdAt: ago(4) }),
        task("SHOP-190", "Move the price list to the catalog service", {
          createdAt: ago(44),
          status: "blocked",
          priority: "low",
          assignees: ["mira"],
          dependsOn: ["SHOP-204"],
        }),
      ],
    },
    {
      source: "github",
      code: "source-rate-limited",
      tasks: [
        task("#412", "`GET /orders?since=` drops the last order of a page", {
          createdAt: ago(3),
          priority: "high",
          url: issue(412),
        }),
        task("#407", "Document Map<string, Price> in the public types", {
          createdAt: ago(16),
          url: issue(407),
          assignees: ["jun", "mira"],
        }),
        task("#398", "Flaky test: checkout waits for a fixed time", {
          createdAt: ago(31),
          priority: "low",
          url: issue(398),
        }),
      ],
    },
  ];
}

function saveTrackers(db: Sqlite, project: string, now: number): void {
  const known = queryRows<{ source: string; origin: string; subject: string }>(
    db,
    "SELECT source, origin, subject FROM task_snapshots WHERE project = ? AND position IS NOT NULL",
    project,
  ).map((row) => ({ project, ...row }));
  const all = trackers(now).map((one) => ({
    ...one,
    key: { project, source: one.source, origin: `https://${one.source}.example`, subject: "ana" },
  }));
  const keys = [...all.map(({ key }) => key), ...known];
  configureSources(
    db,
    project,
    keys.map((key) => ({ key, isFallback: false })),
  );
  for (const { key, source, tasks, code } of all) {
    const at = now - (code === null ? 4 * minute : 3 * hour);
    const listed = tasks.map((one) => ({ ...one, source }));
    saveResponse(db, key, {
      tasks: listed,
      ended: [],
      notes: { ...noNotes, me: ["ana"] },
      at,
      bySession: null,
    });
    if (code !== null) saveFailure(db, key, nextFailure(null, code, now - 5 * minute));
    for (let back = 13; back >= 0; back -= 1) {
      const isBad = source === "github" && [0, 6, 7].includes(back);
      for (let turn = 0; turn < 40 + ((back * 7) % 23); turn += 1)
        countRefresh(db, key, isBad && turn < 14, now - back * day);
    }
  }
}

const news = [
  'SHOP-211 is new and urgent: "Customers in Norway see prices without VAT".',
  'origin/main: 1 new commit by Jun: "Sign webhooks with a rotating key".',
  "TASK-004 is done.",
];

/** Saves a session for every few hours of the working days, each with a brief and some with news. */
function saveSessions(
  db: Sqlite,
  { folder, root }: { folder: string; root: string },
  now: number,
  brief: string,
): void {
  const noData = { sources: [], gitReadAt: null, foundAt: null };
  const delivered = { git: null, sources: {}, peers: [] };
  for (let at = 0; at < 34; at += 1) {
    const id = `${(0x8f3a51c7 - at * 7_919_113).toString(16)}-0b1e-4c02-9f5e-${String(at).padStart(12, "0")}`;
    const start = now - at * 9.5 * hour - ((at * 37) % 50) * minute - 25 * minute;
    const length = (20 + ((at * 53) % 160)) * minute;
    const worktree = at % 5 === 3 ? join(root, "shop-api-refunds") : folder;
    const tookMs = 38 + ((at * 29) % 17) + (at === 20 ? 61 : 0);
    const about = { sessionId: id, project: folder };
    const first = {
      ...about,
      at: start,
      event: "SessionStart",
      cause: at % 4 === 1 ? "compact" : "startup",
    };
    saveDelivered(db, {
      id,
      project: folder,
      projectName: "shop-api",
      worktree,
      at: start,
      seq: 0,
      delivered,
      delivery: { ...first, text: brief, data: { ...noData, tookMs } },
    });
    for (let turn = 0; turn < (at * 3) % 4; turn += 1) {
      const text = `Sitrep: ${news[(at + turn) % news.length] ?? ""}`;
      const when = start + ((turn + 1) * length) / 5;
      const data = { ...noData, foundAt: when, tookMs: 22 + ((at + turn * 11) % 9) };
      addDelivery(db, {
        ...about,
        at: when,
        event: "PreToolUse",
        cause: "news: tasks",
        text,
        data,
      });
    }
    const end = Math.min(now - minute, start + length);
    db.prepare("UPDATE sessions SET last_seen = ? WHERE id = ?").run(end, id);
    if (at > 1) endSession(db, id, end);
  }
}

/** Makes the project below `root`, an empty folder. `more`: variables of its programs. */
export async function makeReportedProject(
  root: string,
  now = Date.now(),
  more: Readonly<Record<string, string>> = {},
): Promise<ReportedProject> {
  const folder = join(root, "shop-api");
  makeRepository(root, folder, now);
  const own = { HOME: root, SITREP_HOME: join(root, "sitrep"), TZ: "UTC" };
  const env = { ...plainGitEnvironment, ...own, ...more };
  const sitrep = (...args: string[]): string =>
    execFileSync(process.execPath, [join(builtFolder, "cli.cjs"), ...args], {
      cwd: folder,
      env,
      encoding: "utf8",
    });
  sitrep("install", "--yes", "--no-monitor");
  sitrep("me", "ana");
  sitrep("task", "add", "Rotate the signing keys", "--priority", "high", "--due", "2027-01-15");
  sitrep("task", "add", "Upgrade the payment SDK", "--priority", "medium");
  sitrep("task", "add", "Add OIDC login", "--priority=high", "--assignee", "ana");
  sitrep("task", "add", "Delete the old login page", "--priority", "low");
  sitrep("task", "start", "TASK-003");
  sitrep("task", "block", "TASK-004", "--by", "TASK-003");
  const { files } = createCommandContext(env, folder);
  const db = openCache(files.cache);
  try {
    saveTrackers(db, folder, now);
    const caller = { program: { file: "/usr/bin/git", home: root, copies: files.gitSettings } };
    const run = createSpawnGit(caller.program);
    const deps = { ...caller, db, run, timeoutMs: 20_000, now: () => now - 4.5 * minute };
    for (const tree of [folder, join(root, "shop-api-refunds")])
      await refreshGit({ ...deps, live: files.live }, tree);
    await refreshMismatches(deps, folder);
    // No monitor starts, but it counts as running until this lease expires.
    takeLease(files.live, { pid: 1, processStart: "", version: "", startedAt: now }, now + minute);
    saveSessions(db, { folder, root }, now, sitrep("brief").trimEnd());
  } finally {
    db.close();
  }
  return { folder, state: files.state, env, sitrep };
}
