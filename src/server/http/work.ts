// What is being answered, so that the server can end when nothing is left.

import type { IncomingMessage, ServerResponse } from "node:http";

export interface Work {
  /** Requests that are not answered yet, streams not counted. */
  readonly inFlight: number;
  readonly isStopping: boolean;
  begin(request: IncomingMessage, response: ServerResponse): void;
  /** What turned out to be a stream, which ends only when somebody ends it. */
  release(request: IncomingMessage): void;
  /** From now on new requests are refused; resolves when those under way are answered. */
  finish(): Promise<void>;
}

export function createWork(): Work {
  const open = new Set<IncomingMessage>();
  let isStopping = false;
  let whenIdle: (() => void) | null = null;
  const leave = (request: IncomingMessage): void => {
    open.delete(request);
    if (open.size === 0) whenIdle?.();
  };
  return {
    get inFlight() {
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
