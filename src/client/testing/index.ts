// `sitrep/testing`: the task server that Sitrep's own tests use, for the tests of those who use the library.

export { startTaskServer } from "./task-server.ts";
export type { MockTask, TaskServer, TaskServerOptions } from "./task-server.ts";
export type { ServedTask } from "./served-tasks.ts";
export { answering, startMisbehavingServer } from "./misbehaving-server.ts";
export type { Fault, MisbehavingServer } from "./misbehaving-server.ts";
