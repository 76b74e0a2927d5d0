// Requests in flight, so that the server can end when none is left.

import type { IncomingMessage, ServerResponse } from "node:http";

export interface InFlight {
  /** Requests that are not answered yet, streams not counted. */
  readonly count: number;
  readonly isStopping: boolean;
  begin(request: IncomingMessage, response: ServerResponse): void;
  /** For a request that turned out to be a stream, which ends only when one side ends it. */
  release(request: IncomingMessage): void;
  /** From now on new requests are refused; resolves when those in flight are answered. */
  finish(): Promise<void>;
}

export function createInFlight(): InFlight {
  const open = new Set<IncomingMessage>();
  let isStopping = false;
  let whenIdle: (() => void) | null = null;
  const leave = (request: IncomingMessage): void => {
    open.delete(request);
    if (open.size === 0) whenIdle?.();
  };
  return {
    get count() {
      return open.size;
    },
    get isStopping() {
      return isStopping;
    },
    begin: (request, response) => {
      open.add(request);
      response.once("close", () => leave(request));
    },
    release: leave,
    finish: async () => {
      isStopping = true;
      if (open.size > 0) await new Promise<void>((resolve) => (whenIdle = resolve));
    },
  };
}
