// No redirect is followed; each response is bounded in size and time.

import { SitrepError } from "../../../core/errors.ts";
import { SourceError } from "../../../core/source-error.ts";
import { capBody, requireParsable } from "../../../http/capped-body.ts";
import { createConnections, type Connections } from "../../../http/connections.ts";
import { startDeadline } from "../../../http/deadline.ts";
import { networkFailure, statusFailure } from "../../../http/http-failures.ts";
import { requireCheckedTls } from "../../../http/checked-tls.ts";
import type { IssuerRules } from "./rules.ts";

export interface IssuerRequest {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
}

/** Every method throws `SourceError`, and `tls-off`. */
export interface IssuerHttp extends AsyncDisposable {
  readonly rules: IssuerRules;
  /** For openid-client and jose; the body is already read. */
  fetch(url: string, request: IssuerRequest): Promise<Response>;
  findJson(urls: readonly string[]): Promise<unknown>;
  postJson(url: string, body: unknown): Promise<unknown>;
}

const largestResponse = 256 * 1024;

/** True when the caller's own time limit ended it, rather than a person's wish. */
function isTimeUp({ aborted, reason }: AbortSignal): boolean {
  return aborted && reason instanceof Error && reason.name === "TimeoutError";
}

/** The response, unless it is a redirect. A wanted body is read here, within the deadline and the size limit. */
async function exchange(
  rules: IssuerRules,
  connections: Connections,
  address: string,
  init: RequestInit,
  isWanted: (response: Response) => boolean,
): Promise<Response> {
  const { who } = rules;
  const url = new URL(address);
  requireCheckedTls();
  rules.requireReachable(url);
  const response = await connections.fetch(url.href, init);
  const { status, headers } = response;
  const isRedirect = status >= 300 && status <= 399;
  if (isRedirect || !isWanted(response)) await response.body?.cancel();
  if (isRedirect) {
    throw new SourceError("source-failed", `${who} redirects to another address.`, {
      hint: "Redirects from an issuer are not followed, so nothing was sent there. Configure that address instead.",
      status,
    });
  }
  const body = isWanted(response)
    ? await capBody(who, response, { limit: largestResponse }).text()
    : "";
  requireParsable(who, body);
  return new Response(body === "" ? null : body, { status, headers });
}

async function parsed(who: string, response: Response): Promise<unknown> {
  if (!response.ok) throw statusFailure(who, response.status, response.headers, Date.now());
  try {
    return JSON.parse(await response.text());
  } catch (error) {
    throw networkFailure(who, error);
  }
}

/** Connects with the first request. `signal` ends everything; `timeoutMs` is for one exchange. */
export function openIssuerHttp(
  rules: IssuerRules,
  {
    signal: whole,
    timeoutMs = 10_000,
  }: { signal?: AbortSignal | undefined; timeoutMs?: number } = {},
): IssuerHttp {
  const { who, lookup } = rules;
  const connections = createConnections({ perOrigin: 2, ...(lookup === null ? {} : { lookup }) });

  async function send(
    url: string,
    { body, headers = {}, method = "GET", signal: own }: IssuerRequest,
    isWanted: (response: Response) => boolean = () => true,
  ): Promise<Response> {
    const caller = AbortSignal.any([whole, own].filter((one) => one !== undefined));
    const deadline = startDeadline(who, timeoutMs, caller);
    const { signal } = deadline;
    const text = body === undefined || body === null ? {} : { body: String(body) };
    try {
      const init = { method, headers, signal, ...text };
      return await exchange(rules, connections, url, init, isWanted);
    } catch (error) {
      // `tls-off` is not a network failure.
      if (error instanceof SitrepError && !(error instanceof SourceError)) throw error;
      if (isTimeUp(caller)) {
        throw new SourceError("source-timeout", `${who} did not answer in time.`, {
          hint: "Check that it is running and that its address is correct.",
        });
      }
      throw deadline.failure() ?? networkFailure(who, error);
    }
  }

  return {
    rules,
    fetch: (url, request) => send(url, request),
    findJson: async (urls) => {
      const { isAbsent } = rules.metadata;
      const isThere = (response: Response): boolean => response.ok && !isAbsent(response);
      for (const url of urls) {
        // oxlint-disable no-await-in-loop -- the next one is asked only if this one has none
        const response = await send(url, { headers: { accept: "application/json" } }, isThere);
        const value = isAbsent(response) ? null : await parsed(who, response);
        if (value !== null) return value;
      }
      return null;
    },
    postJson: async (url, body) => {
      const headers = { accept: "application/json", "content-type": "application/json" };
      const request = { method: "POST", headers, body: JSON.stringify(body) };
      return parsed(who, await send(url, request, ({ ok }) => ok));
    },
    [Symbol.asyncDispose]: () => connections[Symbol.asyncDispose](),
  };
}
