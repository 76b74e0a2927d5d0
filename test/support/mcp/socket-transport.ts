// The server's end of MCP over WebSocket: one JSON-RPC message in each text frame.

import type { JSONRPCMessage, Transport } from "@modelcontextprotocol/client";
import type { WebSocket } from "ws";

export function socketTransport(socket: WebSocket): Transport {
  const self: Transport = {
    start: async () => {
      socket.on("message", (data) => self.onmessage?.(JSON.parse(String(data)) as JSONRPCMessage));
      socket.on("close", () => self.onclose?.());
    },
    send: async (message) => socket.send(JSON.stringify(message)),
    close: async () => socket.close(),
  };
  return self;
}
