// A connection to an MCP server that is made when it is needed, shared by concurrent calls, and closed when nobody has
// needed it for a while: a server that is a program does not run for ever.

import { SourceError } from "../core/source-error.ts";
import type { McpConnection } from "./mcp/connection.ts";

export interface LazyConnection extends AsyncDisposable {
  /** Gives `work` the connection. One that turns out to be broken is closed, so that the next call makes a new one. */
  use<T>(work: (connection: McpConnection) => Promise<T>): Promise<T>;
}

const brokenCodes = new Set(["source-unreachable", "source-timeout", "source-not-started"]);

const isBroken = (error: unknown): boolean =>
  error instanceof SourceError && brokenCodes.has(error.code);

/** `idleMs`: how long an unused connection stays. */
export function createLazyConnection(
  connect: () => Promise<McpConnection>,
  idleMs: number,
): LazyConnection {
  let current: Promise<McpConnection> | null = null;
  let users = 0;
  let timer: NodeJS.Timeout | undefined;

  const close = async (): Promise<void> => {
    clearTimeout(timer);
    const closing = current;
    current = null;
    if (closing === null) return;
    await closing.then(
      (connection) => connection[Symbol.asyncDispose](),
      () => undefined,
    );
  };
  const restLater = (): void => {
    timer = setTimeout(() => void close(), idleMs);
    timer.unref();
  };

  return {
    use: async (work) => {
      clearTimeout(timer);
      users += 1;
      current ??= connect();
      const used = current;
      try {
        return await work(await used);
      } catch (error) {
        if (current === used && isBroken(error)) void close();
        throw error;
      } finally {
        users -= 1;
        if (users === 0 && current !== null) restLater();
      }
    },
    [Symbol.asyncDispose]: close,
  };
}
