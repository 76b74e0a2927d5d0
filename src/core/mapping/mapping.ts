// The declarative mapping: which tool of a server to call, and how to find tasks in its answer; and presets, which bring one.

import type { PriorityScale } from "../task/raw-task.ts";
import type { TextPattern } from "./tool-answer.ts";

/** More tasks than that are not read; the total shows it. */
export const mostTasks = 5000;

/** Where tasks are in an answer. The expressions are JSONata; `$` is the answer's value, unwrapped. */
export interface AnswerMap {
  /** Selects the list of tasks, or one task. Nothing found means that the answer has another shape. */
  tasks?: string;
  /** Turns one item into an object with our field names; nothing skips the item. `$with` holds the source's settings. */
  task?: string;
  /** How many tasks there are, which the server says: shows when an answer was capped. */
  total?: string;
  /** What to pass as `${cursor}` for the next page; nothing at the last page. */
  cursor?: string;
  /** For servers that answer in prose, tried last. */
  text?: TextPattern;
  priorityScale?: PriorityScale;
}

/** One call of a tool. The arguments are templates: `${project.path}`, `${project.name}`, `${owner}` from `with`. */
export interface ToolCall extends AnswerMap {
  tool: string;
  arguments?: Readonly<Record<string, unknown>>;
}

/** A list that may take two levels of calls: every item of the first is an `item` in the second's arguments. */
export interface ListCall extends ToolCall {
  /** JSONata: the items. Each has text or number fields, named in templates as `${item.field}`. */
  items?: string;
  each?: ToolCall;
}

export interface Mapping {
  list: ListCall;
  /** The task that the server recommends. */
  next?: ToolCall;
  /** One task: `${id}`. */
  get?: ToolCall;
  /** `${text}`. */
  search?: ToolCall;
  /** `${title}`, `${description?}`, `${priority?}`, `${status?}`. */
  create?: ToolCall;
  /** `${id}`, `${status}`, `${notes?}`. */
  update?: ToolCall;
  /** Who asks: `task` gives the person's names there, one or a list. */
  whoAmI?: ToolCall;
  /** The list has none but the tasks of the person who asks while this setting has such a value. */
  mine?: { setting: string; is: RegExp };
  /** The server's own words for our states, in `${status}` of `create` and `update`. */
  statusWords?: Readonly<Record<string, string>>;
}

/** What is known of one kind of server, so that nobody has to write its mapping. */
export interface Preset {
  name: string;
  /** The server, as people call it. */
  title: string;
  /** Tools by which such a server is recognised: it has all of them. */
  tools: readonly string[];
  /** Parts of an address or a command by which such a server is guessed before anybody asks it. */
  signs: readonly string[];
  /** The server's tasks are those of the folder in which it starts: it is of one project. */
  worksInFolder?: boolean;
  /** What can be set below `with`, and what each is; `owner` and `repo` default to those of the git remote. */
  settings?: Readonly<Record<string, string>>;
  /** Values of settings that are not set. */
  defaults?: Readonly<Record<string, string>>;
  mapping: Mapping;
}
