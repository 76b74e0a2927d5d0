import type { PriorityScale } from "../task/raw-task.ts";
import type { TaskStatus } from "../task/task.ts";
import type { TextPattern } from "./tool-response.ts";

/** Further tasks are not read; the total shows it. */
export const maxTasks = 5000;

/** Where tasks are in a response. The expressions are JSONata; `$` is the response's value, unwrapped. */
export interface ResponseMap {
  /** The list of tasks, or one task. No match means that the response has another shape. */
  tasks?: string;
  /** Turns one item into an object with our field names; no match skips the item. `$with` holds the source's settings. */
  task?: string;
  /** The server's own count: shows when a response was capped. */
  total?: string;
  /** The value of `${cursor}` for the next page; none at the last page. */
  cursor?: string;
  /** For servers that answer in prose, tried last. */
  text?: TextPattern;
  priorityScale?: PriorityScale;
}

/** What was found in an unknown server's response. */
export interface ResponseGuess {
  map: ResponseMap;
  /** `tasks`: at least one item has an id and a title. `empty`: a list without items. `lacking`: no item has both. */
  kind: "tasks" | "empty" | "lacking";
  /** What the items lack, for `lacking`. */
  lack: string | null;
  /** Where the list is, in words. */
  place: string;
  /** Our field, and where it is in an item. */
  fields: readonly (readonly [field: string, from: string])[];
  /** Places of other lists in the response, which are not read. */
  others: readonly string[];
}

/** One call of a tool. The arguments are templates: `${project.path}`, `${project.name}`, `${owner}` from `with`. */
export interface ToolCall extends ResponseMap {
  tool: string;
  arguments?: Readonly<Record<string, unknown>>;
  /** A response with this many items has a next page: `${page?}` (from 2), `${pageIndex?}` (from 1), `${offset?}`. */
  pageSize?: number;
}

/** A list that may take two levels of calls: every item of the first is an `item` in the second's arguments. */
export interface ListCall extends ToolCall {
  /** JSONata: the items. Each has text or number fields, named in templates as `${item.field}`. */
  items?: string;
  each?: ToolCall;
  /** One call for each, as `${status}`, which is also the status of tasks that state none. */
  statuses?: readonly string[];
}

/** A write that may read first: `items` of its response gives the one `item` for `each`, the write itself. */
export type WriteCall = Omit<ListCall, "statuses">;

export interface Mapping {
  list: ListCall;
  next?: ToolCall;
  /** `${id}`. */
  get?: ToolCall;
  /** `${text}`. */
  search?: ToolCall;
  /** `${title}`, `${description?}`, `${priority?}`, `${status?}`. */
  create?: ToolCall;
  /** `${id}`, `${status}`, `${notes?}`, `${reason?}`. */
  update?: WriteCall;
  /** `${id}`, `${text}`. */
  comment?: WriteCall;
  /** `${id}`, `${names}`: all assignees afterwards. `${name}`: the first of them. */
  assign?: WriteCall;
  /** Reads the user: `task` gives their names, one or a list. */
  whoAmI?: ToolCall;
  /** The list has only the user's tasks if this setting matches `is`. */
  mine?: { setting: string; is: RegExp };
  /** The server's own words for our states, in `${status}` of `create` and `update`. */
  statusWords?: Readonly<Record<string, string>>;
  /** What `${reason?}` of `update` is for a status. */
  statusReasons?: Readonly<Record<string, string>>;
  /** What `update` can set. Default: every status. */
  states?: readonly TaskStatus[];
  hasOneAssignee?: true;
}

export interface Preset {
  name: string;
  title: string;
  /** A server with all of these tools is recognized as this kind. */
  tools: readonly string[];
  /** Parts of an address or a command that suggest this kind before the server is contacted. */
  signs: readonly string[];
  worksInFolder?: boolean;
  /** The settings below `with`, with a description each; `owner` and `repo` default to those of the git remote. */
  settings?: Readonly<Record<string, string>>;
  defaults?: Readonly<Record<string, string>>;
  mapping: Mapping;
}
