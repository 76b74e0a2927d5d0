// Runs when the gate has found that there may be something to report.

import { renderNews, type NewsInput } from "../core/news/news-text.ts";
import type { ConcernedFile, WatchedFiles } from "../core/news/file-news.ts";
import type { PendingKind, PendingNews } from "../core/news/pending-news.ts";
import { defined, readString } from "../core/read.ts";
import { noData, type Delivery } from "../core/news/delivery.ts";
import { clockTime, localTime, type Calendar } from "../core/time.ts";
import type { HookInput } from "./input.ts";
import { createMonitorStarter, type MonitorStarter } from "../monitor/launch.ts";
import { sinceStart } from "./clocks.ts";
import { attempt, runHookProcess, type HookResponse, type HookHandler } from "./hook-process.ts";
import {
  findConcerns,
  markFileReported,
  noteEdit,
  pathWithin,
  readSessionFiles,
} from "../state/live/watched-files.ts";
import { claimNews } from "../state/live/pending-news.ts";
import { postDelivery } from "../state/live/outbox.ts";

/** What the gate looked for. `prompt`: as `news`, when the user has sent a prompt; `turn`: nothing, the monitor is dead. */
export const callKinds = ["news", "git", "files", "prompt", "turn"] as const;
export type CallKind = (typeof callKinds)[number];

const eventOf = (kind: CallKind) => (kind === "prompt" ? "UserPromptSubmit" : "PreToolUse");

export interface PreToolUseDeps {
  kind: CallKind;
  now: () => number;
  /** Milliseconds since the start of this process. */
  clock: () => number;
  calendar: Calendar;
  monitor: MonitorStarter;
  live: LiveFolder;
}

const gitCommand = /(?:^|[\s;&|(`'"])git(?:\s|$)/;

const commandOf = (input: Pick<HookInput, "toolName" | "toolInput">): string =>
  input.toolName === "Bash" ? (readString(input.toolInput?.["command"]) ?? "") : "";

export const isGitCall = (input: Pick<HookInput, "toolName" | "toolInput">): boolean =>
  gitCommand.test(commandOf(input));

export const changedFile = ({ toolInput }: Pick<HookInput, "toolInput">): string | null =>
  readString(toolInput?.["file_path"]) ?? readString(toolInput?.["notebook_path"]) ?? null;

interface Found extends Partial<Pick<NewsInput, "items" | "git" | "file" | "call">> {
  at: number;
  gitReadAt?: number;
  cause: string;
  /** Replaces the news. */
  brief?: string;
}

function newsFound({ items, at, brief }: PendingNews): Found {
  if (brief !== undefined) return { at, cause: "late", brief };
  const kinds = [...new Set(items.map((item) => item.kind))];
  return { items, at, cause: `news: ${kinds.join(", ")}` };
}

function gitFound({ at, gitReadAt, delivered }: PendingNews, input: HookInput): Found {
  const call = { tool: "Bash", about: commandOf(input) };
  return { git: delivered.git, call, at, ...defined({ gitReadAt }), cause: "git call" };
}

/** This call's file if others are changing it, once. Also notes the change for the other sessions. */
function fileFound(deps: PreToolUseDeps, input: HookInput, sessionId: string): Found | null {
  const file = changedFile(input);
  const watched = file === null ? null : deps.live.files(sessionId);
  if (file === null || watched === null) return null;
  const path = pathWithin(watched.own.worktree, file);
  if (path === null) return null;
  const now = deps.now();
  // Noted before reading the others' notes: of two calls at the same moment, one then finds the other.
  if (watched.others.length > 0) deps.live.noteEdit(sessionId, file, now);
  if (!watched.isNews || input.agentId !== null) return null;
  const concerned = deps.live
    .concerns(watched, path, now)
    .find((one) => deps.live.markFileReported(sessionId, one));
  if (concerned === undefined) return null;
  const call = { tool: input.toolName ?? "", about: path };
  return { file: concerned, call, at: now, cause: "file" };
}

/** A subagent's call leaves the news where it is: what it reads stays in its own conversation. */
function find(deps: PreToolUseDeps, input: HookInput, sessionId: string): Found | null {
  const { kind, live } = deps;
  if (kind === "files") return fileFound(deps, input, sessionId);
  if (kind === "turn" || input.agentId !== null) return null;
  if (kind === "git" && !isGitCall(input)) return null;
  const pending = live.claim(sessionId, kind === "git" ? "git" : "news");
  if (pending === null) return null;
  return kind === "git" ? gitFound(pending, input) : newsFound(pending);
}

export const createPreToolUse =
  (deps: PreToolUseDeps): HookHandler =>
  async (input): Promise<HookResponse> => {
    if (!deps.monitor.isAlive()) deps.monitor.start();
    const { sessionId } = input;
    const found = sessionId === null ? null : find(deps, input, sessionId);
    if (found === null || sessionId === null) return { context: null };
    const { at, gitReadAt = at, cause, brief, items = [], git = null, ...about } = found;
    const now = deps.now();
    const gitAgeMs = Math.max(0, now - gitReadAt);
    const news = { ...about, items, git, at: clockTime(deps.calendar(at)), now, gitAgeMs };
    const text = brief ?? renderNews(news);
    if (text === null) return { context: null };
    const event = eventOf(deps.kind);
    const delivery = { sessionId, project: null, at: now, event, cause, text };
    return {
      context: text,
      afterwards: () => {
        const data = { ...noData, foundAt: at, tookMs: deps.clock() };
        deps.live.postDelivery({ ...delivery, data });
      },
    };
  };

export function liveFolder(live: string, report: (code: string) => void) {
  return {
    claim: (sessionId: string, kind: PendingKind) => claimNews(live, sessionId, kind),
    files: (sessionId: string) => readSessionFiles(live, sessionId),
    concerns: (watched: WatchedFiles, path: string, now: number): readonly ConcernedFile[] =>
      findConcerns(live, watched, path, now),
    markFileReported: (sessionId: string, file: ConcernedFile) =>
      markFileReported(live, sessionId, file),
    noteEdit: (sessionId: string, file: string, at: number): void =>
      attempt(report, () => noteEdit(live, sessionId, file, at)),
    postDelivery: (delivery: Delivery): void => attempt(report, () => postDelivery(live, delivery)),
  };
}

export type LiveFolder = ReturnType<typeof liveFolder>;

const deadlineMs = 280;

export function runPreToolUse(): Promise<void> {
  const kind = callKinds.find((one) => one === process.argv[3]) ?? "news";
  return runHookProcess(eventOf(kind), deadlineMs, ({ files, installation, report }) =>
    createPreToolUse({
      kind,
      now: Date.now,
      clock: sinceStart,
      calendar: localTime,
      monitor: createMonitorStarter(files, installation, report),
      live: liveFolder(files.live, report),
    }),
  );
}
