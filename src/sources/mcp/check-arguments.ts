// Holds arguments against the schema that a server gives for its tool, before they are sent.

import { CfWorkerJsonSchemaValidator } from "@modelcontextprotocol/client/validators/cf-worker";
import { SitrepError } from "../../core/errors.ts";
import { cleanText } from "../../core/fence.ts";
import type { McpTool } from "./connection.ts";

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
  const why = cleanText(result.errorMessage ?? "", 200);
  throw new SitrepError("usage", `${server}: the arguments of ${tool.name} do not fit: ${why}`, {
    hint: "Nothing was sent. The tool's inputSchema says what it takes.",
  });
}
