// A Messages API on loopback that answers what a test tells it to and remembers what it was asked.

import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What the model "says": a text, or tool calls that the client is to run. */
export type Reply = { text: string } | { calls: ToolCall[] };

export interface ToolCall {
  tool: string;
  input: Record<string, unknown>;
}

interface Message {
  role: string;
  content: unknown;
}

export interface MessagesRequest {
  model?: string;
  system?: unknown;
  messages: Message[];
  tools?: unknown[];
}

/** Decides the response to the n-th main request, counted from 1. It may act before it answers. */
export type Script = (request: MessagesRequest, index: number) => Promise<Reply> | Reply;

export interface FakeApi {
  url: string;
  /** Those of the main conversation: with tools, not the side requests for titles and the like. */
  requests: MessagesRequest[];
  close: () => Promise<void>;
}

const isMain = (request: MessagesRequest): boolean => (request.tools?.length ?? 0) > 0;

function send(response: ServerResponse, event: string, data: object): void {
  response.write(`event: ${event}\ndata: ${JSON.stringify({ type: event, ...data })}\n\n`);
}

let made = 0;

function sendBlock(
  response: ServerResponse,
  index: number,
  block: { text: string } | ToolCall,
): void {
  const [start, delta] =
    "text" in block
      ? [
          { type: "text", text: "" },
          { type: "text_delta", text: block.text },
        ]
      : [
          { type: "tool_use", id: `toolu_${(made += 1)}`, name: block.tool, input: {} },
          { type: "input_json_delta", partial_json: JSON.stringify(block.input) },
        ];
  send(response, "content_block_start", { index, content_block: start });
  send(response, "content_block_delta", { index, delta });
  send(response, "content_block_stop", { index });
}

function stream(response: ServerResponse, reply: Reply): void {
  const blocks = "text" in reply ? [reply] : reply.calls;
  const message = {
    id: `msg_${(made += 1)}`,
    type: "message",
    role: "assistant",
    model: "claude-opus-5-5",
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { input_tokens: 10, output_tokens: 1 },
  };
  response.writeHead(200, { "content-type": "text/event-stream" });
  send(response, "message_start", { message });
  for (const [index, block] of blocks.entries()) sendBlock(response, index, block);
  const reason = "text" in reply ? "end_turn" : "tool_use";
  const delta = { stop_reason: reason, stop_sequence: null };
  send(response, "message_delta", { delta, usage: { output_tokens: 5 } });
  send(response, "message_stop", {});
  response.end();
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

/** Starts the API. Side requests are answered with a word. */
export async function startFakeApi(script: Script): Promise<FakeApi> {
  const requests: MessagesRequest[] = [];
  const reply = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const text = await bodyOf(request);
    const url = request.url ?? "";
    if (!url.startsWith("/v1/messages") || url.includes("count_tokens")) {
      response.writeHead(200, { "content-type": "application/json" });
      response.end('{"input_tokens":10}');
      return;
    }
    const body = JSON.parse(text) as MessagesRequest;
    if (!isMain(body)) return stream(response, { text: "ok" });
    requests.push(body);
    stream(response, await script(body, requests.length));
  };
  const server: Server = createServer((request, response) => {
    reply(request, response).catch((error: unknown) => {
      response.writeHead(500);
      response.end(String(error));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Every text of a request, in order: what the model reads. */
export function textsOf(request: MessagesRequest | undefined): string {
  const texts: string[] = [];
  const collect = (value: unknown): void => {
    if (typeof value === "string") texts.push(value);
    else if (Array.isArray(value)) for (const item of value) collect(item);
    else if (typeof value === "object" && value !== null) {
      for (const [key, item] of Object.entries(value)) if (key !== "tool_use_id") collect(item);
    }
  };
  collect(request?.messages);
  return texts.join("\n");
}

/** How often a text stands in what the model reads. */
export function countIn(request: MessagesRequest | undefined, needle: string): number {
  return textsOf(request).split(needle).length - 1;
}
