// The library entry: what people who embed a part of Sitrep may use.

export { SitrepError } from "./core/errors.ts";
export type { ErrorCode } from "./core/errors.ts";
export type { Task, TaskPriority, TaskStatus, NewTask } from "./core/task.ts";
export type { GitState } from "./core/git-state.ts";
export type { ProjectScope, TaskSource } from "./core/ports.ts";
export { renderBrief } from "./core/brief/brief.ts";
export type { BriefInput } from "./core/brief/brief.ts";
export type { BriefOptions } from "./core/brief/options.ts";
export { rankTasks } from "./core/ranking.ts";
export { openTaskStore } from "./store/task-store.ts";
export type { TaskStore } from "./store/task-store.ts";
export { createEmbeddedSource } from "./sources/embedded.ts";
