// The port of a task source. Its adapters are in `sources/`.

import type { PullRequest } from "./pull-request/pull-request.ts";
import type { NewTask, Task, TaskStatus } from "./task/task.ts";

export const sourceTypes = [
  "mcp",
  "json",
  "task-tracking",
  "manage-task",
  "tickets",
  "file",
  "embedded",
] as const;
export type SourceType = (typeof sourceTypes)[number];

export const mcpTransports = ["http", "sse", "websocket", "stdio"] as const;
export type McpTransport = (typeof mcpTransports)[number];

/** How an OAuth client authenticates to its issuer. */
export const clientAuthMethods = [
  "client_secret_basic",
  "client_secret_post",
  "private_key_jwt",
] as const;
export type ClientAuthMethod = (typeof clientAuthMethods)[number];

export interface ProjectScope {
  /** Real path of the project's main worktree. */
  path: string;
  name: string;
  branch?: string | null;
  /** The working trees whose own files count, the asker's first. Default: the main worktree. */
  trees?: readonly string[];
}

/** Open items that are not listed as tasks: an old plan, a checklist, another feature. */
export interface UnlistedItems {
  count: number;
  /** The file, relative to the working tree. */
  place: string;
  /** When that file was last changed, epoch milliseconds. */
  changedAt: number;
}

export interface ResponseNotes {
  /** How many tasks there are by the server's own count, if it gave fewer; else null. */
  total: number | null;
  /** The server cannot list tasks: the one task is its recommendation. */
  isNextOnly: boolean;
  /** The server's own line about the project, written by others. */
  context: string | null;
  /** Items without an id, which are not among the tasks. */
  unreadable: number;
  /** The list was longer than the read limit, by an unknown number. */
  isCut: boolean;
  /** Where the server redirected the list, as its text: the repository was renamed. */
  movedTo?: string;
  /** The source's own names for the user; absent where it gives none. */
  me?: readonly string[];
  /** Dependencies that are not among the tasks: open ones, and ones that no source knows. */
  blockers?: Readonly<Record<string, "open" | "unknown">>;
  /** From task files. */
  aside?: readonly UnlistedItems[];
  /** When the newest entry of an exported list was written, epoch milliseconds. */
  writtenAt?: number;
}

export const noNotes: ResponseNotes = {
  total: null,
  isNextOnly: false,
  context: null,
  unreadable: 0,
  isCut: false,
};

export interface OpenTasks extends ResponseNotes {
  tasks: readonly Task[];
}

/** What a write to a file replaced, so that it can be taken back. */
export interface FileEdit {
  before: string;
  after: string;
}

export type SeenTask = Pick<Task, "id" | "title" | "status" | "place"> &
  Partial<Pick<Task, "assignees" | "updatedAt">>;

export interface TaskUpdate {
  status: TaskStatus;
  notes?: string;
  /** The task as the caller knows it: a task that differs by now is not changed. */
  seen?: SeenTask;
  /** Called with what was replaced in a file. */
  onEdit?: (edit: FileEdit) => void;
}

export interface TaskAssignment {
  /** All assignees afterwards. */
  names: readonly string[];
  /** As in `TaskUpdate`. */
  seen?: SeenTask;
}

/** What `update` and `assign` can do. */
export interface WriteLimits {
  statuses: readonly TaskStatus[];
  /** Notes are kept with the task. */
  notes: boolean;
  hasOneAssignee?: boolean;
}

/** A branch as its host names it. Repositories are `owner/repo`. */
export interface PullQuery {
  /** The repository of its pull request. */
  base: string;
  /** The repository of the branch: the same, or a fork. */
  head: string;
  branch: string;
  /** The number of its pull request, if known before. */
  known: number | null;
}

export interface PullResponse {
  /** Null if the branch has none. */
  pull: PullRequest | null;
  /** What a person can do about what the token may not read. */
  wayOut?: string;
}

export const capabilities = ["list", "next", "get", "search", "create", "update"] as const;
export type Capability = (typeof capabilities)[number];

/**
 * A place where tasks are kept. Every method may throw a `SitrepError` or the backend's own error; an empty list means that
 * there are no open tasks, never that something failed. A method that the backend cannot do is absent.
 */
export interface TaskSource extends AsyncDisposable {
  readonly name: string;
  /** The server's origin or the store's file. */
  readonly origin: string;
  /** The user or OAuth client that signed in; empty if there is no sign-in. */
  readonly subject: string;
  listOpen(scope: ProjectScope, signal: AbortSignal): Promise<OpenTasks>;
  /** False if it never held a task of the project: earlier tasks came from another place. */
  isKnown?(scope: ProjectScope): Promise<boolean>;
  /** The task that the backend recommends, or null when there is none. */
  next?(scope: ProjectScope, signal: AbortSignal): Promise<Task | null>;
  /** One task of any status, or null when there is none. */
  get?(scope: ProjectScope, id: string, signal: AbortSignal): Promise<Task | null>;
  search?(scope: ProjectScope, text: string, signal: AbortSignal): Promise<readonly Task[]>;
  /** A write: not retried unless it was certainly not sent. Gives the backend's new task. */
  create?(scope: ProjectScope, task: NewTask, signal: AbortSignal): Promise<Task | null>;
  update?(
    scope: ProjectScope,
    id: string,
    change: TaskUpdate,
    signal: AbortSignal,
  ): Promise<Task | null>;
  /** Absent: any status, with notes, and any number of people. */
  readonly writes?: WriteLimits;
  /** A write: adds a comment to a task. */
  comment?(scope: ProjectScope, id: string, text: string, signal: AbortSignal): Promise<void>;
  /** A write: sets the assignees. Gives the updated task. */
  assign?(
    scope: ProjectScope,
    id: string,
    assignment: TaskAssignment,
    signal: AbortSignal,
  ): Promise<Task | null>;
  /** A write: puts back what `update` replaced in a file, if that is still as it was left. */
  takeBack?(
    scope: ProjectScope,
    id: string,
    edit: FileEdit,
    signal: AbortSignal,
  ): Promise<Task | null>;
  /** The user's names, as the backend spells them. */
  whoAmI?(scope: ProjectScope, signal: AbortSignal): Promise<readonly string[]>;
  /** The pull request of a branch and its checks. */
  pullRequest?(query: PullQuery, signal: AbortSignal): Promise<PullResponse>;
  /** The files and folders that its response depends on, as absolute paths; absent for a source that has a server. */
  watched?(): readonly string[];
  /** Checks that the backend answers and lets us in, without asking for tasks. */
  check?(scope: ProjectScope, signal: AbortSignal): Promise<void>;
}

export interface ConfiguredSource {
  source: TaskSource;
  /** Shown only while every other source fails. */
  isFallback: boolean;
  /** It signs in with tokens that `sitrep login` gets; else with a secret, or not at all. */
  hasLogin?: boolean;
  isOpen?: boolean;
  /** It may be asked for pull requests: it has a sign-in, and its settings do not say otherwise. */
  readsPulls?: boolean;
  /** Deadline for the complete response, if it may exceed the default. Milliseconds. */
  timeoutMs?: number;
}

export const listCapabilities = (source: TaskSource): Capability[] =>
  capabilities.filter((name) => name === "list" || source[name] !== undefined);
