// The tools that a server says it has, kept until it says something else, and arguments held against their schemas before
// they are sent.

import { CfWorkerJsonSchemaValidator } from "@modelcontextprotocol/client/validators/cf-worker";
import { SitrepError } from "../../core/errors.ts";
import { quoted, quotedName } from "../../core/quote.ts";
import type { CallOptions, McpConnection, McpTool } from "./connection.ts";

/** A server need not say that its tools changed. */
const keptMs = 300_000;

export interface KnownTools {
  /** Asks the server. */
  list(options?: CallOptions): Promise<readonly McpTool[]>;
  /** Throws `usage` for one that the server does not have, and what listing throws. */
  get(tool: string, signal: AbortSignal | undefined): Promise<McpTool>;
}

export function createKnownTools(
  name: string,
  listTools: KnownTools["list"],
  connection: Pick<McpConnection, "on">,
): KnownTools {
  let kept: { at: number; tools: readonly McpTool[] } | null = null;
  const forget = (): void => void (kept = null);
  connection.on("disconnected", forget);
  connection.on("listChanged", forget);
  const list = async (options?: CallOptions): Promise<readonly McpTool[]> => {
    const tools = await listTools(options);
    kept = { at: performance.now(), tools };
    return tools;
  };
  return {
    list,
    get: async (tool, signal) => {
      const known = kept?.tools.find((one) => one.name === tool);
      if (kept !== null && known !== undefined && performance.now() - kept.at < keptMs) {
        return known;
      }
      const tools = await list(signal === undefined ? {} : { signal });
      const found = tools.find((one) => one.name === tool);
      if (found !== undefined) return found;
      const names = tools.slice(0, 20).map((one) => one.name);
      throw new SitrepError("usage", `${name} has no tool "${tool}".`, {
        hint: `It has: ${names.join(", ")}${tools.length > names.length ? ", …" : "."}`,
      });
    },
  };
}

// This one interprets a schema; the SDK's other one would compile what a server says into code.
const validators = new CfWorkerJsonSchemaValidator({ shortcircuit: true });

/** Throws `usage`, which says what does not fit. A schema that cannot be read says nothing: the server will judge. */
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
  throw new SitrepError(
    "usage",
    `${server}: the arguments of ${quotedName(tool.name)} do not fit: ${why}`,
    {
      hint: "Nothing was sent. The tool's inputSchema says what it takes.",
    },
  );
}
