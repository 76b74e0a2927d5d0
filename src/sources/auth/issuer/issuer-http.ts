// HTTP to an issuer: no redirect is followed, nothing goes where its rules do not let it, answers are small, and nothing
// takes long.

import { SitrepError } from "../../../core/errors.ts";
import { SourceError } from "../../../core/source-error.ts";
import { capBody, requireSimple } from "../../../http/capped-body.ts";
import { createConnections } from "../../../http/connections.ts";
import { startDeadline } from "../../../http/deadline.ts";
import { networkFailure, statusFailure } from "../../../http/failures.ts";
import { requireCheckedTls } from "../../../http/checked-tls.ts";
import type { IssuerRules } from "./rules.ts";

export interface IssuerRequest {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  /** Text or a form; null and undefined for none. */
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
}

/** Every method throws `SourceError`, and `tls-off`. */
export interface IssuerHttp extends AsyncDisposable {
  readonly rules: IssuerRules;
  /** For openid-client and jose; the body has been read. */
  fetch(url: string, request: IssuerRequest): Promise<Response>;
  /** The parsed body of the first address that has metadata by `rules`; null where none has. */
  findJson(urls: readonly string[]): Promise<unknown>;
  /** Posts JSON and gives the parsed body. */
  postJson(url: string, body: unknown): Promise<unknown>;
}

const largestAnswer = 256 * 1024;

/** A caller's own time limit is one like ours; without it an abort is somebody's wish. */
function isTimeUp(signal: AbortSignal | undefined): boolean {
  const reason: unknown = signal?.reason;
  return signal?.aborted === true && reason instanceof Error && reason.name === "TimeoutError";
}

/** Nothing is contacted before something is asked. `signal` ends everything; `timeoutMs` is for one exchange. */
export function openIssuerHttp(
  rules: IssuerRules,
  {
    signal: whole,
    timeoutMs = 10_000,
  }: { signal?: AbortSignal | undefined; timeoutMs?: number } = {},
): IssuerHttp {
  const { who, lookup } = rules;
  const connections = createConnections({ perOrigin: 2, ...(lookup === null ? {} : { lookup }) });

  /** The answer, whatever its status but for redirects. A body that is wanted has been read: deadline and cap hold for it. */
  async function exchange(
    address: string,
    init: RequestInit,
    isWanted: (answer: Response) => boolean,
  ): Promise<Response> {
    const url = new URL(address);
    requireCheckedTls();
    rules.requireReachable(url);
    const answer = await connections.fetch(url.href, init);
    const { status, headers } = answer;
    const isRedirect = status >= 300 && status <= 399;
    if (isRedirect || !isWanted(answer)) await answer.body?.cancel();
    if (isRedirect) {
      throw new SourceError("source-failed", `${who} redirects elsewhere.`, {
        hint: "Redirects of an issuer are not followed: nothing was sent there. Configure the address that it names.",
        status,
      });
    }
    const limit = largestAnswer;
    const body = isWanted(answer) ? await capBody(who, answer, { limit }).text() : "";
    requireSimple(who, body);
    return new Response(body === "" ? null : body, { status, headers });
  }

  async function send(
    url: string,
    request: IssuerRequest,
    isWanted: (answer: Response) => boolean = () => true,
  ): Promise<Response> {
    const { body, headers = {}, method = "GET" } = request;
    const signals = [whole, request.signal].filter((one) => one !== undefined);
    const caller = signals.length === 0 ? undefined : AbortSignal.any(signals);
    const deadline = startDeadline(who, timeoutMs, caller);
    const { signal } = deadline;
    const text = body === undefined || body === null ? {} : { body: String(body) };
    try {
      return await exchange(url, { method, headers, signal, ...text }, isWanted);
    } catch (error) {
      // `tls-off` is no failure of the network.
      if (error instanceof SitrepError && !(error instanceof SourceError)) throw error;
      if (isTimeUp(caller)) {
        throw new SourceError("source-timeout", `${who} did not answer in time.`, {
          hint: "Check that it runs and that its address is right.",
        });
      }
      throw deadline.failure() ?? networkFailure(who, error);
    }
  }

  async function parsed(answer: Response): Promise<unknown> {
    if (!answer.ok) throw statusFailure(who, answer.status, answer.headers, Date.now());
    try {
      return JSON.parse(await answer.text());
    } catch (error) {
      throw networkFailure(who, error);
    }
  }

  return {
    rules,
    fetch: (url, request) => send(url, request),
    findJson: async (urls) => {
      const { isAbsent } = rules.metadata;
      const isThere = (answer: Response): boolean => answer.ok && !isAbsent(answer);
      for (const url of urls) {
        // oxlint-disable no-await-in-loop -- the next is asked for only where this one is not there
        const answer = await send(url, { headers: { accept: "application/json" } }, isThere);
        const value = isAbsent(answer) ? null : await parsed(answer);
        if (value !== null) return value;
      }
      return null;
    },
    postJson: async (url, body) => {
      const headers = { accept: "application/json", "content-type": "application/json" };
      const request = { method: "POST", headers, body: JSON.stringify(body) };
      return parsed(await send(url, request, ({ ok }) => ok));
    },
    [Symbol.asyncDispose]: () => connections[Symbol.asyncDispose](),
  };
}
