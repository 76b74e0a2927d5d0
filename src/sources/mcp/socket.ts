// An open socket at both ends of MCP over WebSocket.

import type { RawData, WebSocket } from "ws";

export interface Heartbeat {
  readonly everyMs: number;
  readonly withinMs: number;
}

const closeWaitMs = 1000;

export function pingRegularly(socket: WebSocket, { everyMs, withinMs }: Heartbeat): void {
  let patience: NodeJS.Timeout | undefined;
  const timer = setInterval(() => {
    if (patience !== undefined) return;
    patience = setTimeout(() => socket.terminate(), withinMs).unref();
    socket.ping();
  }, everyMs).unref();
  socket.on("pong", () => {
    clearTimeout(patience);
    patience = undefined;
  });
  socket.once("close", () => {
    clearInterval(timer);
    clearTimeout(patience);
  });
}

export function readFrame(data: RawData, isBinary: boolean): unknown {
  if (isBinary) throw new SyntaxError("a binary frame");
  // By default the library gives a text frame as one buffer.
  return JSON.parse((data as Buffer).toString("utf8"));
}

export async function closeSocket(socket: WebSocket, code: number, reason = ""): Promise<void> {
  const closed = new Promise((resolve) => socket.once("close", resolve));
  const timer = setTimeout(() => socket.terminate(), closeWaitMs);
  socket.close(code, reason);
  await closed;
  clearTimeout(timer);
}
