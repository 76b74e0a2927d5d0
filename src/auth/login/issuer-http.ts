// HTTP to identity providers, on addresses that their metadata named: no redirect is followed, nothing goes in the clear
// or into a network that was not meant, answers are small, and nothing takes long.

import type { CustomFetch } from "openid-client";
import { SitrepError } from "../../core/errors.ts";
import { SourceError } from "../../core/source-error.ts";
import { capBody } from "../../resilience/capped-body.ts";
import { createConnections } from "../../resilience/connections.ts";
import { startDeadline } from "../../resilience/deadline.ts";
import { networkFailure } from "../../resilience/network-failure.ts";
import { statusFailure } from "../../resilience/status-failure.ts";
import { requireCheckedTls } from "../../resilience/tls.ts";
import { isPrivateLiteral, lookupPublic } from "./private-address.ts";

export interface IssuerHttp extends AsyncDisposable {
  /** For openid-client. Throws `SourceError`. */
  readonly fetch: CustomFetch;
  /** The parsed body; null where there is nothing (4xx). Throws `SourceError`. */
  getJson(url: string): Promise<unknown>;
  /** For an address that somebody else opens, such as a browser. Throws `source-failed`. */
  requireSafe(url: string): void;
  /** Posts JSON and gives the parsed body. Throws `SourceError`. */
  postJson(url: string, body: unknown): Promise<unknown>;
}

export interface IssuerHttpOptions {
  /** Of the source, for messages. */
  readonly name: string;
  /** Why an address must not be contacted, or null: without TLS only this machine and hosts that a person named. */
  readonly whyInsecure: (url: string) => string | null;
  /** False: addresses of this machine and its network are refused. */
  readonly mayBePrivate: boolean;
  readonly signal?: AbortSignal | undefined;
  /** For one exchange. Default 10,000 ms. */
  readonly timeoutMs?: number;
}

const largestAnswer = 256 * 1024;

/** Throws `source-failed` before anything is sent. */
function requireReachable(url: URL, { name, whyInsecure, mayBePrivate }: IssuerHttpOptions): void {
  const why = !/^https?:$/.test(url.protocol)
    ? `${url.protocol} is no protocol of an identity provider`
    : whyInsecure(url.href);
  const words =
    why ??
    (!mayBePrivate && isPrivateLiteral(url.hostname)
      ? `${url.hostname} is an address of this network, named from outside it`
      : null);
  if (words === null) return;
  throw new SourceError("source-failed", `${name}'s identity provider: ${words}.`, {
    hint: `Nothing was sent. If it is right, name it: sitrep login ${name} --issuer URL`,
    isUnsent: true,
  });
}

const textOf = (body: unknown): string | undefined => {
  if (typeof body === "string") return body;
  return body instanceof URLSearchParams ? body.toString() : undefined;
};

const parsed = async (answer: Response): Promise<unknown> => JSON.parse(await answer.text());

export function createIssuerHttp(options: IssuerHttpOptions): IssuerHttp {
  const { name, timeoutMs = 10_000 } = options;
  const connections = createConnections(
    options.mayBePrivate ? { perOrigin: 2 } : { perOrigin: 2, lookup: lookupPublic },
  );

  async function exchange(address: string, init: RequestInit): Promise<Response> {
    const url = new URL(address);
    requireCheckedTls();
    requireReachable(url, options);
    const answer = await connections.fetch(url, init);
    if (answer.status < 300 || answer.status > 399) return capBody(name, answer, largestAnswer);
    await answer.body?.cancel();
    throw new SourceError("source-failed", `${name}'s identity provider redirects elsewhere.`, {
      hint: "Redirects are not followed here; nothing was sent there.",
      status: answer.status,
    });
  }

  async function inTime<T>(
    caller: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<T>,
  ) {
    const signals = [options.signal, caller].filter((one) => one !== undefined);
    const both = signals.length === 0 ? undefined : AbortSignal.any(signals);
    const deadline = startDeadline(`${name}'s identity provider`, timeoutMs, both);
    try {
      return await work(deadline.signal);
    } catch (error) {
      // `tls-off` is no failure of the network.
      if (error instanceof SitrepError && !(error instanceof SourceError)) throw error;
      throw deadline.failure() ?? networkFailure(`${name}'s identity provider`, error);
    }
  }

  return {
    fetch: (url, { body, headers, method, signal }) =>
      inTime(signal, async (within) => {
        const text = textOf(body);
        const init = {
          method,
          headers,
          signal: within,
          ...(text === undefined ? {} : { body: text }),
        };
        const answer = await exchange(url, init);
        // Read here, so that the deadline holds for the body too.
        const whole = await answer.text();
        const { status, headers: answered } = answer;
        return new Response(whole === "" ? null : whole, { status, headers: answered });
      }),
    requireSafe: (url) => requireReachable(new URL(url), options),
    getJson: (url) =>
      inTime(undefined, async (signal) => {
        const answer = await exchange(url, { headers: { accept: "application/json" }, signal });
        // A page in its place is what some servers have for any address.
        const isJson = /[/+]json\b/.test(answer.headers.get("content-type") ?? "");
        if (answer.ok && isJson) return parsed(answer);
        await answer.body?.cancel();
        if (answer.status < 500 && answer.status !== 429) return null;
        throw statusFailure(
          `${name}'s identity provider`,
          answer.status,
          answer.headers,
          Date.now(),
        );
      }),
    postJson: (url, body) =>
      inTime(undefined, async (signal) => {
        const headers = { accept: "application/json", "content-type": "application/json" };
        const text = JSON.stringify(body);
        const answer = await exchange(url, { method: "POST", headers, body: text, signal });
        if (answer.ok) return parsed(answer);
        await answer.body?.cancel();
        throw statusFailure(
          `${name}'s identity provider`,
          answer.status,
          answer.headers,
          Date.now(),
        );
      }),
    [Symbol.asyncDispose]: () => connections[Symbol.asyncDispose](),
  };
}
