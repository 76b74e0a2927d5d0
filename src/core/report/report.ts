// The report of a project as data: what `sitrep report --json` prints and the page shows. Instants are epoch milliseconds.

import type { BriefInput } from "../brief/brief-input.ts";
import { fullGitStateText, gitStateText } from "../brief/git-lines.ts";
import { createTaskList } from "../brief/task-list.ts";
import { estimateTokens } from "../brief/estimate-tokens.ts";
import type { BranchEnd } from "../git/git-state.ts";
import type { Delivery } from "../news/delivery.ts";
import { tasksOfPeers } from "../news/peers.ts";
import type { GitRecord } from "../session.ts";
import { idsInBranch } from "../task/branch-tasks.ts";
import type { Owner } from "../task/owners.ts";
import { openKey, type RankedTask } from "../task/ranking.ts";
import { isOpenTask, type Task } from "../task/task.ts";
import { reasonText, sectionOf, createToday, type Section, type Today } from "../today.ts";
import { reportDays, type RefreshCount, type ReportDay } from "./days.ts";
import { findProblems, type ReportProblem } from "./problems.ts";

export interface ReportTask extends Task {
  section: Section;
  owner: Owner;
  /** The reasons for its rank: due date, priority, blockers. */
  why: readonly string[];
  isOverdue: boolean;
}

/** A source with all of its open tasks, the next one first. */
export type ReportSource = Today["sources"][number] & { tasks: readonly ReportTask[] };

/** A branch here, as git lists it. */
export interface ListedBranch {
  name: string;
  subject: string;
  at: number;
  upstream: string | null;
  /** Git's words: `ahead 2`, `gone`; empty with the same commits or no upstream. */
  track: string;
  /** Where it is checked out; null if nowhere. */
  worktree: string | null;
}

export interface ReportBranch extends ListedBranch {
  /** Null if not known to be merged or deleted. */
  end: BranchEnd | null;
  /** The ids of the open tasks that it is about. */
  tasks: readonly string[];
}

export interface ReportWorktree {
  path: string;
  /** Its state in a sentence. */
  words: string;
  readAt: number;
}

export interface SessionSpan {
  id: string;
  worktree: string;
  startedAt: number;
  lastSeen: number;
  endedAt: number | null;
}

export interface ReportSession extends SessionSpan {
  /** What the session was given, oldest first. */
  texts: readonly (Delivery & { tokens: number })[];
}

export interface Report {
  project: string;
  folder: string;
  version: string;
  at: number;
  problems: readonly ReportProblem[];
  /** The first tasks across all sources, as bare `sitrep` lists them. */
  first: readonly ReportTask[];
  sources: readonly ReportSource[];
  branches: readonly ReportBranch[];
  worktrees: readonly ReportWorktree[];
  /** What the next session reads; null when Sitrep is silent. */
  brief: { text: string; tokens: number } | null;
  /** The latest first. */
  sessions: readonly ReportSession[];
  /** The oldest first. */
  days: readonly ReportDay[];
}

export interface ReportFacts extends Pick<Report, "project" | "folder" | "version"> {
  worktree: string;
  /** With every task of each source. */
  brief: BriefInput;
  text: string | null;
  off: readonly string[];
  isInstalled: boolean;
  trees: readonly GitRecord[];
  branches: readonly ListedBranch[];
  sessions: readonly SessionSpan[];
  deliveries: readonly Delivery[];
  refreshes: readonly RefreshCount[];
  hookFailures: number;
}

/** For a task of a source that is too old to be listed, or on standby. */
const unranked = (task: Task): RankedTask => {
  return { task, reasons: ["age"], link: null, owner: "unknown", waitsFor: [] };
};

const keyOf = ({ source, id }: Task): string => openKey(source, id);

function sourcesOf(brief: BriefInput, today: Today): ReportSource[] {
  const ranked = createTaskList({ ...brief, taken: tasksOfPeers(brief.peers) })?.ranked ?? [];
  const places = new Map(ranked.map(({ task }, at) => [keyOf(task), at]));
  // The words for a link depend on the other linked tasks.
  const linked = ranked.filter(({ link }) => link !== null);
  const taskOf = (one: RankedTask): ReportTask => {
    // The page names the owner in a column of its own.
    const reasons = reasonText({ ...one, owner: "nobody" }, brief, linked);
    return { ...one.task, section: sectionOf(one), owner: one.owner, ...reasons };
  };
  return today.sources.map((state, at) => {
    const placed = (brief.sources[at]?.tasks ?? [])
      .filter(isOpenTask)
      .map((task) => ({ task, place: places.get(keyOf(task)) ?? ranked.length }))
      .toSorted((one, other) => one.place - other.place);
    const tasks = placed.map(({ task, place }) => taskOf(ranked[place] ?? unranked(task)));
    return { ...state, tasks };
  });
}

function branchesOf({ branches, brief }: ReportFacts): ReportBranch[] {
  const ends = (brief.git.kind === "state" && brief.git.state.branchEnds) || {};
  const tasks = brief.sources.flatMap((source) => source.tasks);
  const byId = new Map(tasks.map(({ id }) => [id.replace(/^#/, "").toLowerCase(), id]));
  const byBranch = Map.groupBy(tasks, ({ branch }) => branch);
  return branches.map((branch) => {
    const { name } = branch;
    const own = (byBranch.get(name) ?? []).map(({ id }) => id);
    const named = idsInBranch(name).flatMap((id) => byId.get(id.toLowerCase()) ?? []);
    const about = [...new Set([...own, ...named])];
    return { ...branch, end: ends[name] ?? null, tasks: about };
  });
}

function worktreesOf({ trees, brief: { git, now }, worktree }: ReportFacts): ReportWorktree[] {
  const here: ReportWorktree[] =
    git.kind === "state"
      ? [{ path: worktree, words: fullGitStateText(git.state, now), readAt: git.readAt }]
      : [];
  const others = trees.flatMap(({ worktree: path, snapshot }): ReportWorktree[] =>
    snapshot === null || path === worktree
      ? []
      : [{ path, words: gitStateText(snapshot.value, now), readAt: snapshot.fetchedAt }],
  );
  return [...here, ...others];
}

const tokensOf = (one: Delivery) => ({ ...one, tokens: estimateTokens(one.text) });

export function reportOf(facts: ReportFacts): Report {
  const { project, folder, version, brief, text, off, isInstalled, hookFailures } = facts;
  const { now, calendar } = brief;
  const today = createToday(brief);
  const sources = sourcesOf(brief, today);
  const tasks = sources.flatMap((source) => source.tasks);
  const byKey = new Map(tasks.map((task) => [keyOf(task), task]));
  const overdue = tasks.filter((one) => one.isOverdue && one.owner !== "others").length;
  const bySession = Map.groupBy(facts.deliveries, ({ sessionId }) => sessionId);
  return {
    project,
    folder,
    version,
    at: now,
    problems: findProblems({ brief, today, off, isInstalled, overdue, hookFailures }),
    first: today.tasks.flatMap(({ task }) => byKey.get(keyOf(task)) ?? []),
    sources,
    branches: branchesOf(facts),
    worktrees: worktreesOf(facts),
    brief: text === null ? null : { text, tokens: estimateTokens(text) },
    sessions: facts.sessions.map((session) => {
      return { ...session, texts: (bySession.get(session.id) ?? []).map(tokensOf) };
    }),
    days: reportDays(facts.deliveries, facts.refreshes, { now, calendar }),
  };
}
