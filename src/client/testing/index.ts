// Exports `sitrep/testing`: the task server of Sitrep's own tests, for tests of programs that use the library.

export { startTaskServer } from "./task-server.ts";
export type { MockTask, TaskServer, TaskServerOptions } from "./task-server.ts";
export type { ServedTask } from "./served-tasks.ts";
export { answering, startMisbehavingServer } from "./misbehaving-server.ts";
export type { Fault, MisbehavingServer } from "./misbehaving-server.ts";
