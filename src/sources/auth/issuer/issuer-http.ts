// HTTP to an issuer: no redirect is followed, nothing goes where its rules do not let it, answers are small, and nothing
// takes long.

import { SitrepError } from "../../../core/errors.ts";
import { SourceError } from "../../../core/source-error.ts";
import { capBody } from "../../../http/capped-body.ts";
import { createConnections } from "../../../http/connections.ts";
import { startDeadline } from "../../../http/deadline.ts";
import { networkFailure, statusFailure } from "../../../http/failures.ts";
import { requireCheckedTls } from "../../../http/header-source.ts";
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
  /** The parsed body; null where there is no description by `rules`. */
  getJson(url: string): Promise<unknown>;
  /** For an address that somebody else opens, such as a browser. Throws `source-failed`. */
  requireSafe(url: string): void;
  /** Posts JSON and gives the parsed body. */
  postJson(url: string, body: unknown): Promise<unknown>;
}

export interface IssuerHttpOptions {
  /** Ends everything that is asked. */
  readonly signal?: AbortSignal | undefined;
  /** For one exchange. Default 10,000 ms. */
  readonly timeoutMs?: number;
}

const largestAnswer = 256 * 1024;

const parsed = async (answer: Response): Promise<unknown> => JSON.parse(await answer.text());

/** A caller's own time limit is one like ours; without it an abort is somebody's wish. */
function isTimeUp(signal: AbortSignal | undefined): boolean {
  const reason: unknown = signal?.reason;
  return signal?.aborted === true && reason instanceof Error && reason.name === "TimeoutError";
}

const tooLate = (who: string): SourceError =>
  new SourceError("source-timeout", `${who} did not answer in time.`, {
    hint: "Check that it runs and that its address is right.",
  });

async function failedStatus(who: string, answer: Response): Promise<SourceError> {
  await answer.body?.cancel();
  return statusFailure(who, answer.status, answer.headers, Date.now());
}

/** The answer, whatever its status but for redirects, with its body capped. */
type Exchange = (address: string, init: RequestInit) => Promise<Response>;

function createExchange(rules: IssuerRules, fetch: Exchange): Exchange {
  return async (address, init) => {
    const url = new URL(address);
    requireCheckedTls();
    rules.requireReachable(url);
    const answer = await fetch(url.href, init);
    if (answer.status < 300 || answer.status > 399) {
      return capBody(rules.who, answer, largestAnswer);
    }
    await answer.body?.cancel();
    throw new SourceError("source-failed", `${rules.who} redirects elsewhere.`, {
      hint: "Redirects of an issuer are not followed: nothing was sent there. Configure the address that it names.",
      status: answer.status,
    });
  };
}

/** Nothing is contacted before something is asked. */
export function openIssuerLine(rules: IssuerRules, options: IssuerHttpOptions = {}): IssuerHttp {
  const { who, lookup } = rules;
  const { timeoutMs = 10_000 } = options;
  const connections = createConnections({ perOrigin: 2, ...(lookup === null ? {} : { lookup }) });
  const exchange = createExchange(rules, connections.fetch);

  async function inTime<T>(
    caller: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const signals = [options.signal, caller].filter((one) => one !== undefined);
    const both = signals.length === 0 ? undefined : AbortSignal.any(signals);
    const deadline = startDeadline(who, timeoutMs, both);
    try {
      return await work(deadline.signal);
    } catch (error) {
      // `tls-off` is no failure of the network.
      if (error instanceof SitrepError && !(error instanceof SourceError)) throw error;
      if (isTimeUp(both)) throw tooLate(who);
      throw deadline.failure() ?? networkFailure(who, error);
    }
  }

  return {
    rules,
    fetch: (url, { body, headers = {}, method = "GET", signal: caller }) =>
      inTime(caller, async (signal) => {
        const text = body === undefined || body === null ? {} : { body: String(body) };
        const answer = await exchange(url, { method, headers, signal, ...text });
        // Read here, so that the deadline and the cap hold for the body too.
        const whole = await answer.text();
        const { status, headers: answered } = answer;
        return new Response(whole === "" ? null : whole, { status, headers: answered });
      }),
    requireSafe: (url) => rules.requireReachable(new URL(url)),
    getJson: (url) =>
      inTime(undefined, async (signal) => {
        const answer = await exchange(url, { headers: { accept: "application/json" }, signal });
        if (rules.description.isAbsent(answer)) {
          await answer.body?.cancel();
          return null;
        }
        if (answer.ok) return parsed(answer);
        throw await failedStatus(who, answer);
      }),
    postJson: (url, body) =>
      inTime(undefined, async (signal) => {
        const headers = { accept: "application/json", "content-type": "application/json" };
        const init = { method: "POST", headers, body: JSON.stringify(body), signal };
        const answer = await exchange(url, init);
        if (answer.ok) return parsed(answer);
        throw await failedStatus(who, answer);
      }),
    [Symbol.asyncDispose]: () => connections[Symbol.asyncDispose](),
  };
}
