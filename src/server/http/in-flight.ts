import type { IncomingMessage, ServerResponse } from "node:http";

export type InFlight = ReturnType<typeof createInFlight>;

export function createInFlight() {
  const open = new Set<IncomingMessage>();
  const streams = new Set<IncomingMessage>();
  let isDraining = false;
  let isStopping = false;
  let whenIdle: (() => void) | null = null;
  const leave = (request: IncomingMessage): void => {
    open.delete(request);
    if (open.size === 0) whenIdle?.();
  };
  return {
    get count(): number {
      return open.size;
    },
    get streams(): number {
      return streams.size;
    },
    /** True once the server was told to stop. Requests are still served, and each closes its connection. */
    get isDraining(): boolean {
      return isDraining;
    },
    get isStopping(): boolean {
      return isStopping;
    },
    begin: (request: IncomingMessage, response: ServerResponse): void => {
      open.add(request);
      // This makes a proxy that keeps connections open its next one to another server.
      if (isDraining) response.shouldKeepAlive = false;
      response.once("close", () => {
        streams.delete(request);
        leave(request);
      });
    },
    /** Marks a request as a stream, which ends only when one side ends it. */
    release: (request: IncomingMessage): void => {
      streams.add(request);
      leave(request);
    },
    drain: (): void => {
      isDraining = true;
    },
    /** Refuses new requests; resolves when those in flight are answered. */
    finish: async (): Promise<void> => {
      isDraining = true;
      isStopping = true;
      if (open.size > 0) await new Promise<void>((resolve) => (whenIdle = resolve));
    },
  };
}
