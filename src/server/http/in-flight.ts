import type { IncomingMessage, ServerResponse } from "node:http";

export type InFlight = ReturnType<typeof createInFlight>;

export function createInFlight() {
  const open = new Set<IncomingMessage>();
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
    get isStopping(): boolean {
      return isStopping;
    },
    begin: (request: IncomingMessage, response: ServerResponse): void => {
      open.add(request);
      response.once("close", () => leave(request));
    },
    /** For a request that is a stream: it ends only when one side ends it. */
    release: leave,
    /** Refuses new requests; resolves when those in flight are answered. */
    finish: async (): Promise<void> => {
      isStopping = true;
      if (open.size > 0) await new Promise<void>((resolve) => (whenIdle = resolve));
    },
  };
}
