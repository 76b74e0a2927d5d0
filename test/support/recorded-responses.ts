// Responses of task servers, recorded in test/fixtures or written from their documentation. They replace the connection
// of a source; everything else in the source is real.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { TaskSource } from "../../src/core/ports.ts";
import type { ToolResponse } from "../../src/core/mapping/tool-response.ts";
import { guessMapping, type Guessed } from "../../src/sources/mapping/guess-mapping.ts";
import { createMapper } from "../../src/sources/mapping/mapper.ts";
import type { Mapping, Preset } from "../../src/core/mapping/mapping.ts";
import { createMcpSource } from "../../src/sources/adapters/mcp.ts";
import type { McpConnection, McpTool } from "../../src/sources/mcp/mcp-connection.ts";

const fixtures = join(import.meta.dirname, "../fixtures/answers");

/** A signal without a timeout: workers keep their modules, so a timeout would have expired by a later test. */
export const signal: AbortSignal = new AbortController().signal;
export const shop = { path: "/work/shop-api", name: "shop-api" };

interface Recorded {
  result: {
    content: { type: string; text?: string }[];
    structuredContent?: unknown;
    isError?: boolean;
  };
}

/** The recorded response of a real server: `recorded("backlog.md", "05-task_list")`. */
export function recorded(server: string, file: string): ToolResponse {
  const { result } = JSON.parse(
    readFileSync(join(fixtures, server, `${file}.json`), "utf8"),
  ) as Recorded;
  return {
    isError: result.isError ?? false,
    structured: result.structuredContent,
    texts: result.content.flatMap(({ text }) => text ?? []),
  };
}

export function recordedTools(server: string): string[] {
  return JSON.parse(readFileSync(join(fixtures, server, "tool-names.json"), "utf8")) as string[];
}

export const textAnswer = (...texts: string[]): ToolResponse => ({
  isError: false,
  structured: undefined,
  texts,
});

/** A response with JSON in a text block, the form of most servers. */
export const jsonAnswer = (value: unknown): ToolResponse => textAnswer(JSON.stringify(value));

export const structuredAnswer = (structured: unknown): ToolResponse => ({
  isError: false,
  structured,
  texts: [],
});

export interface Call {
  kind: "read" | "write";
  tool: string;
  args: Readonly<Record<string, unknown>>;
}

type Responses = (tool: string, args: Readonly<Record<string, unknown>>) => ToolResponse;

/** Makes a source whose server returns these responses, with a record of its calls. */
export function sourceWith(
  mapping: Mapping,
  responses: Responses,
  settings: Readonly<Record<string, string>> = {},
): { source: TaskSource; calls: Call[] } {
  const calls: Call[] = [];
  const source = createMcpSource({
    name: "server",
    origin: "test:server",
    subject: "",
    mapping,
    settings,
    callTool: async (kind, tool, args) => {
      calls.push({ kind, tool, args });
      return responses(tool, args);
    },
    mapper: createMapper("server", 10_000),
    close: async () => undefined,
  });
  onTestFinished(() => source[Symbol.asyncDispose]());
  return { source, calls };
}

/** Makes such a source from a preset with its defaults. */
export function presetWith(
  preset: Preset,
  responses: Responses,
  settings: Readonly<Record<string, string>> = {},
): { source: TaskSource; calls: Call[] } {
  return sourceWith(preset.mapping, responses, { ...preset.defaults, ...settings });
}

/** The recorded tool list of a real server, without the descriptions. */
export function recordedToolList(server: string): McpTool[] {
  return JSON.parse(readFileSync(join(fixtures, server, "tools.json"), "utf8")) as McpTool[];
}

export interface GuessOf {
  guessed: Guessed;
  /** The calls that the guess made: tool and arguments. */
  calls: [tool: string, args: Readonly<Record<string, unknown>>][];
}

/** Guesses how a server with these tools and responses lists tasks. */
export async function guessOf(
  tools: readonly Partial<McpTool>[],
  responses: Responses,
  request: { given?: Readonly<Record<string, string>>; only?: string; serverName?: string } = {},
): Promise<GuessOf> {
  const { given = {}, serverName = "server", only } = request;
  const calls: GuessOf["calls"] = [];
  const connection = {
    serverName,
    listTools: async () =>
      tools.map((tool) => ({ inputSchema: {}, isReadOnly: null, isDestructive: null, ...tool })),
    callTool: async (tool: string, args: Readonly<Record<string, unknown>>) => {
      calls.push([tool, args]);
      return responses(tool, args);
    },
  } as unknown as McpConnection;
  const scope = { ...shop, branch: null };
  const guessed = await guessMapping({ connection, scope, given, ...(only && { only }) });
  return { guessed, calls };
}
