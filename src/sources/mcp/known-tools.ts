// A server's tools, kept for the check of arguments against their schemas before a call is sent.

import { CfWorkerJsonSchemaValidator } from "@modelcontextprotocol/client/validators/cf-worker";
import { SitrepError } from "../../core/errors.ts";
import { quoted, quotedName } from "../../core/quote.ts";
import type { CallOptions, McpConnection, McpTool } from "./mcp-connection.ts";

/** A server need not announce that its tools changed. */
const keptMs = 300_000;
const namedTools = 20;

export interface KnownTools {
  list(options?: CallOptions): Promise<readonly McpTool[]>;
  /** Throws `usage` for a tool that the server does not have, and what listing throws. */
  get(tool: string, signal: AbortSignal | undefined): Promise<McpTool>;
}

export function createKnownTools(
  name: string,
  listTools: KnownTools["list"],
  connection: Pick<McpConnection, "on">,
): KnownTools {
  let kept: { until: number; tools: readonly McpTool[] } = { until: 0, tools: [] };
  const forget = (): void => void (kept = { until: 0, tools: [] });
  connection.on("disconnected", forget);
  connection.on("listChanged", forget);
  const list = async (options?: CallOptions): Promise<readonly McpTool[]> => {
    const tools = await listTools(options);
    kept = { until: performance.now() + keptMs, tools };
    return tools;
  };
  return {
    list,
    get: async (tool, signal) => {
      const isTool = (one: McpTool): boolean => one.name === tool;
      const known = performance.now() < kept.until ? kept.tools.find(isTool) : undefined;
      if (known !== undefined) return known;
      const tools = await list(signal === undefined ? {} : { signal });
      const found = tools.find(isTool);
      if (found !== undefined) return found;
      const names = tools.slice(0, namedTools).map((one) => one.name);
      throw new SitrepError("usage", `${name} has no tool "${tool}".`, {
        hint: `Available tools: ${names.join(", ")}${tools.length > names.length ? ", …" : "."}`,
      });
    },
  };
}

// This validator interprets a schema; the SDK's other one would compile a server's text into code.
const validators = new CfWorkerJsonSchemaValidator({ shortcircuit: true });

/** Throws `usage`, saying what does not fit. Arguments for a schema that cannot be read pass: the server will judge. */
export function checkArguments(
  server: string,
  tool: McpTool,
  args: Readonly<Record<string, unknown>>,
): void {
  let result: { valid: boolean; errorMessage: string | undefined };
  try {
    result = validators.getValidator(tool.inputSchema)(args);
  } catch {
    return;
  }
  if (result.valid) return;
  const why = quoted(result.errorMessage ?? "", 200);
  const what = `${server}: the arguments of ${quotedName(tool.name)} do not match its schema: ${why}`;
  const hint = "Nothing was sent. The tool's inputSchema says what it takes.";
  throw new SitrepError("usage", what, { hint });
}
