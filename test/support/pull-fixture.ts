// Sets up a pushed branch with a session, the monitor's parts that read its pull request, and a fake host.

import { saveDelivered, readLiveSessions } from "../../src/state/cache/sessions.ts";
import { renderNews } from "../../src/core/news/news-text.ts";
import { pullText } from "../../src/core/pull-request/pull-request-text.ts";
import { pullKeys } from "../../src/core/pull-request/pull-request.ts";
import type { ConfiguredSource } from "../../src/core/ports.ts";
import { createSimpleGit } from "../../src/git/simple-git-runner.ts";
import { refreshGit } from "../../src/monitor/git-refresh.ts";
import { createNewsKeeper } from "../../src/monitor/news-keeper.ts";
import { createPullWatcher } from "../../src/monitor/pull-requests.ts";
import { readGitRecord } from "../../src/state/cache/git-states.ts";
import { readPullRequest } from "../../src/state/cache/pull-requests.ts";
import { claimNews } from "../../src/state/live/pending-news.ts";
import { saturday } from "./builders.ts";
import { temporaryCache } from "./cache.ts";
import type { FakePull } from "./fake-pulls.ts";
import { aGitProgram } from "./git-reading.ts";
import { clonedRepositories, repositoryAt } from "./repository.ts";
import { temporaryFolder } from "./temporary.ts";
import { startTracker, trackerSource, type Kind } from "./trackers.ts";

const repositories = { github: "o/r", gitlab: "group/sub/p", gitea: "o/r" };
export type Host = keyof typeof repositories & Kind;

interface Options {
  host?: Host;
  branch?: string;
  /** Default: the source of the host, with permission to read pull requests. */
  sources?: Partial<ConfiguredSource>[];
  isBriefed?: boolean;
}

export async function aPullFixture({
  host = "github",
  branch = "feat/cart",
  sources = [{}],
}: Options = {}) {
  const tracker = await startTracker(host);
  const base = repositories[host];
  const { clone } = clonedRepositories(`on ${branch}`, (first) => {
    if (branch === "main") return;
    first.clone.git("switch", "-q", "-c", branch);
    first.clone.commit("cart", "1\n", "Add a cart");
    first.clone.git("push", "-q", "-u", "origin", branch);
  });
  const { folder: project } = clone;
  const remote = (repository = base) => `${tracker.origin}/${repository}.git`;
  clone.git("remote", "set-url", "origin", remote());
  const db = temporaryCache();
  const live = temporaryFolder();
  const program = aGitProgram();
  const keeper = createNewsKeeper(db, live, () => false);
  const source = trackerSource(host, tracker, { retries: 0 });
  const logged: string[] = [];
  let clock = saturday;
  const now = () => clock;
  const log = (message: string) => void logged.push(message);
  const watcher = createPullWatcher({
    db,
    sourcesOf: async () =>
      sources.map((more) => ({ source, isFallback: false, readsPulls: true, ...more })),
    now,
    timeoutMs: 5000,
    log: { info: log, warn: log },
  });
  const run = createSimpleGit(program);
  const readGit = async (folder = project) =>
    refreshGit({ db, live, program, run, timeoutMs: 10_000, now }, folder);
  const begin = (id: string, worktree = project): void => {
    const git = readGitRecord(db, worktree)?.snapshot?.value ?? null;
    const record = git?.branch == null ? null : readPullRequest(db, project, git.branch);
    const pulls = pullKeys(record?.pull ?? undefined);
    const delivered = { git, sources: {}, pulls };
    saveDelivered(db, { id, project, projectName: "shop", worktree, at: clock, seq: 0, delivered });
  };
  const tick = async (at = clock, ...folders: string[]): Promise<void> => {
    clock = at;
    for (const folder of [project, ...folders]) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other, as the monitor does
      await readGit(folder);
    }
    await watcher.watch(readLiveSessions(db, 0), () => undefined);
    keeper.recordDeliveries();
    keeper.publish(readLiveSessions(db, 0), clock);
  };
  const news = (id = "s1"): string | null => {
    const items = claimNews(live, id, "news")?.items ?? [];
    const text = renderNews({ items, git: null, at: "10:02", now: clock, gitAgeMs: 0 });
    return text?.split("\n").slice(1).join("\n") ?? null;
  };
  const head = () => clone.git("rev-parse", "HEAD").trim();
  const aPull = (more: Partial<FakePull> = {}): FakePull => ({
    number: 42,
    branch,
    head: head(),
    ...more,
  });
  const worktree = (name: string): string => {
    const folder = `${temporaryFolder()}/${name}`;
    clone.git("worktree", "add", "-q", "-b", name, folder, "main");
    const tree = repositoryAt(folder);
    tree.commit(name, "1\n", name);
    clone.git("update-ref", `refs/remotes/origin/${name}`, tree.git("rev-parse", "HEAD").trim());
    clone.git("config", `branch.${name}.remote`, "origin");
    clone.git("config", `branch.${name}.merge`, `refs/heads/${name}`);
    return folder;
  };
  const record = (name = branch) => readPullRequest(db, project, name);
  await readGit();
  begin("s1");
  const line = (): string | null => {
    const git = readGitRecord(db, project)?.snapshot?.value;
    if (git === undefined) return null;
    const found = { git: { kind: "state" as const, state: git }, pull: record(git.branch ?? "") };
    return pullText({ ...found, now: clock }, (label, rest) => `${label}: ${rest}`)[0] ?? null;
  };
  return {
    tracker,
    clone,
    project,
    remote,
    tick,
    news,
    line,
    begin,
    aPull,
    record,
    logged,
    worktree,
  };
}
