// What the rest of the program asks of a task source. Adapters live in `sources/`.

import type { NewTask, Task, TaskStatus } from "./task/task.ts";

export const sourceTypes = ["mcp", "task-tracking", "manage-task", "tickets", "embedded"] as const;
export type SourceType = (typeof sourceTypes)[number];

export const mcpTransports = ["http", "sse", "websocket", "stdio"] as const;
export type McpTransport = (typeof mcpTransports)[number];

/** How a client shows its issuer who it is. */
export const clientAuthMethods = [
  "client_secret_basic",
  "client_secret_post",
  "private_key_jwt",
] as const;
export type ClientAuthMethod = (typeof clientAuthMethods)[number];

/** The project and worktree that a question is about. */
export interface ProjectScope {
  /** Real path of the project's main worktree. */
  path: string;
  name: string;
  /** The branch that is worked on, where it is known. */
  branch?: string | null;
}

/** What an answer says beside its tasks. */
export interface AnswerNotes {
  /** How many tasks the server says there are, where it gave fewer; else null. */
  total: number | null;
  /** The server cannot list: the one task is what it recommends. */
  isNextOnly: boolean;
  /** The server's own line about the project, written by others. */
  context: string | null;
  /** Items that have no id: they are not among the tasks. */
  unreadable: number;
  /** There are more, nobody says how many: the list was longer than what is read of one. */
  isCut: boolean;
  /** What the source itself calls the person who asks; absent where it does not say it. */
  me?: readonly string[];
  /** Names of the person who signed in, which the source may spell otherwise. */
  signedIn?: readonly string[];
  /** Of what its tasks depend on, beside the tasks: what is not done, and what no source knows. */
  blockers?: Readonly<Record<string, "open" | "unknown">>;
}

export const noNotes: AnswerNotes = {
  total: null,
  isNextOnly: false,
  context: null,
  unreadable: 0,
  isCut: false,
};

/** A whole answer to "what is pending". */
export interface PendingTasks extends AnswerNotes {
  tasks: readonly Task[];
}

/** A change to a task that a backend is asked for. */
export interface TaskUpdate {
  status: TaskStatus;
  /** Completion notes. */
  notes?: string;
}

export const capabilities = ["list", "next", "get", "search", "create", "update"] as const;
export type Capability = (typeof capabilities)[number];

/**
 * A place where tasks are kept. Every method may throw a `SitrepError` or the backend's own error; an empty list means
 * that there is nothing pending, never that something failed. What a backend cannot do is absent.
 */
export interface TaskSource extends AsyncDisposable {
  /** Its name in the configuration. */
  readonly name: string;
  /** What its answers depend on: the server's origin or the store's file. */
  readonly origin: string;
  /** The user or client that asks; empty where there is no sign-in. */
  readonly subject: string;
  /** Every task of the project that is not over. */
  listPending(scope: ProjectScope, signal: AbortSignal): Promise<PendingTasks>;
  /** False where it has never held a task of the project: what was read of it before came from another place. */
  isKnown?(scope: ProjectScope): Promise<boolean>;
  /** The task that the backend itself recommends, or null when there is none. */
  next?(scope: ProjectScope, signal: AbortSignal): Promise<Task | null>;
  /** One task whatever its status, or null when there is none. */
  get?(scope: ProjectScope, id: string, signal: AbortSignal): Promise<Task | null>;
  search?(scope: ProjectScope, text: string, signal: AbortSignal): Promise<readonly Task[]>;
  /** A write: never repeated unless it was certainly not sent. Gives what the backend says of the new task. */
  create?(scope: ProjectScope, task: NewTask, signal: AbortSignal): Promise<Task | null>;
  update?(
    scope: ProjectScope,
    id: string,
    change: TaskUpdate,
    signal: AbortSignal,
  ): Promise<Task | null>;
  /** The names of the person who asks, as the backend spells them. */
  whoAmI?(scope: ProjectScope, signal: AbortSignal): Promise<readonly string[]>;
  /** Asks whether the backend is there and lets us in, without asking for tasks. */
  check?(scope: ProjectScope, signal: AbortSignal): Promise<void>;
}

/** A source with its place among the others. */
export interface ConfiguredSource {
  source: TaskSource;
  /** Shown only while every other source fails. */
  isFallback: boolean;
  /** It signs in as a person or a service, with tokens that "sitrep login" is about; else with a secret, or not at all. */
  hasLogin?: boolean;
  /** The name of the person who is signed in; absent where it is not known. */
  signedIn?: string;
  /** Nothing is set for it to sign in with. */
  isOpen?: boolean;
  /** For its whole answer, where that is to be more than usual. Milliseconds. */
  timeoutMs?: number;
}

/** What a source can do, in the order of `capabilities`. */
export function capabilitiesOf(source: TaskSource): Capability[] {
  return capabilities.filter((name) => name === "list" || source[name] !== undefined);
}
