// PreToolUse (and UserPromptSubmit), when the gate has found that there may be something to report: news for the session,
// the state of the repository at a git-related call, a file that others are changing, or a monitor that is gone.

import { renderNews, type NewsInput } from "../core/news/news-text.ts";
import type { ConcernedFile, WatchedFiles } from "../core/news/file-news.ts";
import type { PendingKind, PendingNews } from "../core/news/pending-news.ts";
import { readString } from "../core/read.ts";
import { noData, type Delivery } from "../core/news/delivery.ts";
import { clockTime, localTime, type Calendar } from "../core/time.ts";
import type { HookInput } from "./input.ts";
import { createMonitorStarter, type MonitorStarter } from "../monitor/launch.ts";
import { attempt, runHookProcess, type HookAnswer, type HookHandler } from "./hook-process.ts";
import {
  findConcerns,
  markFileReported,
  noteEdit,
  pathWithin,
  readWatchedFilesOf,
} from "../state/live/watched-files.ts";
import { claimNews } from "../state/live/pending-news.ts";
import { postDelivery } from "../state/live/outbox.ts";

/** The live folder as a tool call's hook uses it. */
export interface LiveFolder {
  /** Claims the news that waits for a session, so that no other process can; null when there is none. */
  claim(sessionId: string, kind: PendingKind): PendingNews | null;
  /** The files that others are changing; null when there are none. */
  files(sessionId: string): WatchedFiles | null;
  /** What others have done to a file, its path from the root. */
  concerns(watched: WatchedFiles, path: string, now: number): readonly ConcernedFile[];
  /** True once for each concern of a session. */
  markFileReported(sessionId: string, file: ConcernedFile): boolean;
  /** Records that a session changes a file. Never throws. */
  noteEdit(sessionId: string, file: string, at: number): void;
  /** Puts what was delivered into the outbox. Never throws. */
  postDelivery(delivery: Delivery): void;
}

/** What the gate looked for. `prompt`: as `news`, when the user has sent a prompt; `turn`: nothing, the monitor is gone. */
export const callKinds = ["news", "git", "files", "prompt", "turn"] as const;
export type CallKind = (typeof callKinds)[number];

const eventOf = (kind: CallKind) => (kind === "prompt" ? "UserPromptSubmit" : "PreToolUse");

export interface PreToolUseDeps {
  kind: CallKind;
  /** Epoch milliseconds. */
  now: () => number;
  calendar: Calendar;
  monitor: MonitorStarter;
  live: LiveFolder;
}

const gitCommand = /(?:^|[\s;&|(`'"])git(?:\s|$)/;

/** The command of a shell call, or null. */
const commandOf = (input: Pick<HookInput, "toolName" | "toolInput">): string | null =>
  input.toolName === "Bash" ? (readString(input.toolInput?.["command"]) ?? null) : null;

/** True for a shell command that calls git. */
export function isGitCall(input: Pick<HookInput, "toolName" | "toolInput">): boolean {
  return gitCommand.test(commandOf(input) ?? "");
}

/** The absolute path of the file that a call changes, or null. */
export function changedFile(input: Pick<HookInput, "toolInput">): string | null {
  const { toolInput } = input;
  return readString(toolInput?.["file_path"]) ?? readString(toolInput?.["notebook_path"]) ?? null;
}

type Found = Pick<NewsInput, "items" | "git" | "file" | "call"> & {
  at: number;
  gitReadAt?: number;
  cause: string;
  /** In place of all that. */
  brief?: string;
};

const newsFound = ({ items, at, brief }: PendingNews): Found => {
  if (brief !== undefined) return { items, git: null, at, cause: "late", brief };
  const kinds = [...new Set(items.map((item) => item.kind))];
  return { items, git: null, at, cause: `news: ${kinds.join(", ")}` };
};

function gitFound({ at, gitReadAt, delivered }: PendingNews, input: HookInput): Found {
  const call = { tool: "Bash", about: commandOf(input) ?? "" };
  return {
    items: [],
    git: delivered.git,
    call,
    at,
    ...(gitReadAt === undefined ? {} : { gitReadAt }),
    cause: "git call",
  };
}

/** The file of this call where others are changing it, once. It is also written down where others are at work. */
function fileFound(deps: PreToolUseDeps, input: HookInput, sessionId: string): Found | null {
  const file = changedFile(input);
  const watched = file === null ? null : deps.live.files(sessionId);
  if (file === null || watched === null) return null;
  const path = pathWithin(watched.own.worktree, file);
  if (path === null) return null;
  const now = deps.now();
  // Before it looks for the others': of two calls at the same moment one finds the other.
  if (watched.others.length > 0) deps.live.noteEdit(sessionId, file, now);
  if (!watched.isNews || input.agentId !== null) return null;
  const concerned = deps.live
    .concerns(watched, path, now)
    .find((one) => deps.live.markFileReported(sessionId, one));
  if (concerned === undefined) return null;
  const call = { tool: input.toolName ?? "", about: path };
  return { items: [], git: null, file: concerned, call, at: now, cause: "file" };
}

/** A subagent's call leaves the news where it is: what it reads stays in its own conversation. */
function find(deps: PreToolUseDeps, input: HookInput): Found | null {
  const { sessionId } = input;
  if (sessionId === null || deps.kind === "turn") return null;
  if (deps.kind === "files") return fileFound(deps, input, sessionId);
  if (input.agentId !== null) return null;
  if (deps.kind === "git") {
    const pending = isGitCall(input) ? deps.live.claim(sessionId, "git") : null;
    return pending === null ? null : gitFound(pending, input);
  }
  const pending = deps.live.claim(sessionId, "news");
  return pending === null ? null : newsFound(pending);
}

export function createPreToolUse(deps: PreToolUseDeps): HookHandler {
  return async (input): Promise<HookAnswer> => {
    if (!deps.monitor.isAlive()) deps.monitor.start();
    const found = find(deps, input);
    if (found === null || input.sessionId === null) return { context: null };
    const { at, gitReadAt = at, cause, brief, ...rest } = found;
    const gitAgeMs = Math.max(0, deps.now() - gitReadAt);
    const advice = { ...rest, at: clockTime(deps.calendar(at)), now: deps.now(), gitAgeMs };
    const text = brief ?? renderNews(advice);
    if (text === null) return { context: null };
    const delivery = {
      sessionId: input.sessionId,
      project: null,
      at: deps.now(),
      event: eventOf(deps.kind),
      cause,
      text,
      data: { ...noData, foundAt: at },
    };
    return { context: text, afterwards: () => deps.live.postDelivery(delivery) };
  };
}

const deadlineMs = 280;

/** The live folder itself. */
export function liveFolder(live: string, report: (code: string) => void): LiveFolder {
  return {
    claim: (sessionId, kind) => claimNews(live, sessionId, kind),
    files: (sessionId) => readWatchedFilesOf(live, sessionId),
    concerns: (watched, path, now) => findConcerns(live, watched, path, now),
    markFileReported: (sessionId, file) => markFileReported(live, sessionId, file),
    noteEdit: (sessionId, file, at) => attempt(report, () => noteEdit(live, sessionId, file, at)),
    postDelivery: (delivery) => attempt(report, () => postDelivery(live, delivery)),
  };
}

/** The last argument names what the gate looked for. */
export function runPreToolUse(): Promise<void> {
  const kind = callKinds.find((one) => one === process.argv[3]) ?? "news";
  return runHookProcess(eventOf(kind), deadlineMs, ({ files, installation, report }) =>
    createPreToolUse({
      kind,
      now: Date.now,
      calendar: localTime,
      monitor: createMonitorStarter(files, installation, report),
      live: liveFolder(files.live, report),
    }),
  );
}
