import { retryDelayMs } from "../core/snapshot.ts";
import type { Task } from "../core/task/task.ts";
import { createEventEmitter } from "../http/event-emitter.ts";
import type { QueryResult } from "./task-queries.ts";
import { knownEvents } from "./named-calls.ts";
import { checkOptions } from "./option-checks.ts";
import type { TaskClient } from "./task-client.ts";

export interface TaskMonitorEvents {
  /** Called after every live response. */
  tasks: (tasks: readonly Task[]) => void;
  /** Called with urgent and high tasks that were not urgent or high in the previous response. */
  pressing: (tasks: readonly Task[]) => void;
  /** Called when the server fails. The last good tasks are kept. */
  error: (error: unknown) => void;
}

export interface TaskMonitorOptions {
  client: Pick<TaskClient, "queryPendingTasks">;
  /** The wait between two requests in milliseconds. Default 300,000. */
  everyMs?: number;
  /** The wait in milliseconds after `count` failures in a row. Default: a minute, doubling to 15 minutes. */
  retryMs?: (count: number) => number;
  /** Default 100. */
  limit?: number;
}

export interface TaskMonitor extends AsyncDisposable {
  readonly isRunning: boolean;
  /** The last live response; null before the first. */
  readonly lastTasks: readonly Task[] | null;
  /** Queries at once and then at intervals, unless already running. Does not keep the process alive. */
  start(): void;
  /** Stops the queries and aborts a request in flight. */
  stop(): Promise<void>;
  on<E extends keyof TaskMonitorEvents>(event: E, listener: TaskMonitorEvents[E]): () => void;
}

const isPressing = ({ priority }: Task): boolean => priority === "urgent" || priority === "high";

/** Creates a monitor that queries a client's tasks at intervals. Throws `config-invalid`. */
export function createTaskMonitor(options: TaskMonitorOptions): TaskMonitor {
  checkOptions("createTaskMonitor", options);
  const { client, everyMs = 300_000, retryMs = retryDelayMs, limit = 100 } = options;
  const listeners = createEventEmitter<TaskMonitorEvents>();
  let lastTasks: readonly Task[] | null = null;
  let failures = 0;
  let asking: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  let end: AbortController | null = null;

  function take({ from, value, failure }: QueryResult<Task[]>): void {
    if (from !== "live") throw failure;
    failures = 0;
    const before = new Set(lastTasks?.filter(isPressing).map(({ id }) => id));
    lastTasks = value;
    listeners.emit("tasks", value);
    const pressing = value.filter((task) => isPressing(task) && !before.has(task.id));
    if (pressing.length > 0) listeners.emit("pressing", pressing);
  }

  async function ask(running: AbortController): Promise<void> {
    try {
      take(await client.queryPendingTasks({ limit, signal: running.signal }));
    } catch (error) {
      if (running.signal.aborted) return;
      failures += 1;
      listeners.emit("error", error);
    }
    if (running.signal.aborted) return;
    timer = setTimeout(
      () => void (asking = ask(running)),
      failures > 0 ? retryMs(failures) : everyMs,
    );
    timer.unref();
  }

  const stop = async (): Promise<void> => {
    end?.abort();
    end = null;
    clearTimeout(timer);
    await asking;
  };
  return {
    get isRunning() {
      return end !== null;
    },
    get lastTasks() {
      return lastTasks;
    },
    start: () => {
      if (end !== null) return;
      end = new AbortController();
      asking = ask(end);
    },
    stop,
    on: knownEvents<TaskMonitorEvents>(listeners.on, { tasks: true, pressing: true, error: true }),
    [Symbol.asyncDispose]: stop,
  };
}
