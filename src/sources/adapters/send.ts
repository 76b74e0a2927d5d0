// Sends calls of a REST service over HTTP, under the policy and with the headers of the sign-in.

import { SourceError } from "../../core/source-error.ts";
import { failureIn, sampleOf, valuesOf } from "../../core/tool-answer.ts";
import type { HttpClient } from "../../http/http.ts";
import type { Policy } from "../../http/policy-settings.ts";
import type { Act } from "./manage-task.ts";
import type { CallTool } from "./mcp.ts";
import type { RestCall, SendCall } from "./rest.ts";

export interface SendDeps {
  http: HttpClient;
  policy: Pick<Policy, "run">;
  /** The service's address; calls go below it. */
  url: string;
  headers: () => Promise<Record<string, string>>;
  /** For one try. Milliseconds. */
  timeoutMs: number;
}

function addressOf(base: string, { path, query }: RestCall): string {
  const url = new URL(base.replace(/\/+$/, "") + path);
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== "") url.searchParams.set(name, String(value));
  }
  return url.href;
}

export function createSend({ http, policy, url, headers, timeoutMs }: SendDeps): SendCall {
  return async (call, signal) => {
    // Outside the policy: a secret that is missing is not mended by repetition.
    const signIn = await headers();
    const address = addressOf(url, call);
    const body = call.body === undefined ? {} : { body: call.body };
    return policy.run({
      key: JSON.stringify([call.method, address, call.body ?? null]),
      kind: call.kind,
      signal,
      attempt: async (attemptSignal) => {
        const request = { method: call.method, url: address, headers: signIn, ...body };
        const answer = await http.requestJson({ ...request, timeoutMs, signal: attemptSignal });
        return answer.body;
      },
    });
  };
}

/** `manage_task` and its like over REST: `POST /mcp/manage_task`. */
export const actOverRest =
  (send: SendCall): Act =>
  (kind, tool, args, signal) =>
    send({ kind, method: "POST", path: `/mcp/${tool}`, body: args }, signal);

/** The same as tools of an MCP server, which answers in a text block or structured. */
export function actOverMcp(name: string, callTool: CallTool): Act {
  return async (kind, tool, args, signal) => {
    const answer = await callTool(kind, tool, args, signal);
    const failure = failureIn(answer);
    if (failure !== null) {
      throw new SourceError("source-failed", `${name}: ${tool} reports: ${failure}`);
    }
    const [value] = valuesOf(answer);
    if (value !== undefined) return value;
    throw new SourceError(
      "source-invalid-answer",
      `${name}: ${tool} answered with no JSON. It begins: ${sampleOf(answer)}`,
    );
  };
}
