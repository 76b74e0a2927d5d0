// The requests to a host about a pull request, each under the source's policy and sign-in.

import type { PullRequest } from "../../core/pull-request/pull-request.ts";
import type { PullResponse, PullQuery } from "../../core/ports.ts";
import { defined } from "../../core/read.ts";
import { SourceError, withMessage } from "../../core/source-error.ts";
import { parseNextLink, createPath } from "../adapters/json.ts";
import type { ExchangeCall, RestResponse, RestCall } from "../adapters/rest-responses.ts";

type Query = NonNullable<RestCall["query"]>;

export interface PullCalls {
  /** An unchanged response costs no quota. */
  get(segments: readonly unknown[], query?: Query): Promise<unknown>;
  /** The items of a list's first pages; `isCut`: there are more. */
  list(segments: readonly unknown[], query?: Query): Promise<{ items: unknown[]; isCut: boolean }>;
  graphql(body: unknown): Promise<unknown>;
  /** The result of `ask`; undefined if the token may not read it, which is recorded as `what`. */
  allowed<T>(what: string, ask: () => Promise<T>): Promise<T | undefined>;
}

/** Reads the pull request of a branch; null if it has none. Throws `SourceError`. */
export type PullReader = (calls: PullCalls, query: PullQuery) => Promise<PullRequest | null>;

interface Deps {
  readonly name: string;
  readonly url: string;
  readonly exchange: ExchangeCall;
  readonly headers: Readonly<Record<string, string>>;
  /** The permissions that a token needs, for people. */
  readonly needs: string;
  readonly read: PullReader;
}

type Kept = Map<string, RestResponse>;
const maxKept = 60;
const maxPages = 3;

/** On GitHub Enterprise Server REST is below /api/v3, GraphQL is not. */
const graphqlUrl = (url: string): string =>
  `${url.replace(/\/+$/, "").replace(/\/v3$/, "")}/graphql`;

const isRefusal = (
  error: unknown,
  statuses: readonly number[] = [403, 404],
): error is SourceError =>
  error instanceof SourceError &&
  error.code !== "source-rate-limited" &&
  statuses.includes(error.status ?? 0);

function createCalls(deps: Deps, kept: Kept, lacks: string[], signal: AbortSignal): PullCalls {
  const headers = { "user-agent": "sitrep", ...deps.headers };
  const ask = (call: Pick<RestCall, "method" | "path" | "query" | "body" | "url">, more = {}) =>
    deps.exchange({ kind: "read", ...call, headers: { ...headers, ...more } }, signal);
  async function read(path: string, query: Query, url?: string): Promise<RestResponse> {
    const key = url ?? JSON.stringify([path, query]);
    const known = kept.get(key);
    const validators = defined({ "if-none-match": known?.headers["etag"] });
    const response = await ask({ method: "GET", path, query, url }, validators);
    if (response.status === 304 && known !== undefined) return known;
    kept.delete(key);
    kept.set(key, response);
    const [oldest] = kept.keys();
    if (kept.size > maxKept && oldest !== undefined) kept.delete(oldest);
    return response;
  }
  return {
    get: async (segments, query = {}) => (await read(createPath(deps.name, segments), query)).body,
    list: async (segments, query = {}) => {
      const items: unknown[] = [];
      let next: string | undefined;
      for (let page = 0; page < maxPages; page += 1) {
        // oxlint-disable-next-line no-await-in-loop -- a page names the next one
        const response = await read(createPath(deps.name, segments), query, next);
        if (!Array.isArray(response.body)) {
          throw new SourceError("source-invalid-response", `${deps.name} did not return a list.`);
        }
        items.push(...(response.body as unknown[]));
        next = parseNextLink(response.headers["link"]);
        if (next === undefined) break;
      }
      return { items, isCut: next !== undefined };
    },
    graphql: async (body) =>
      (await ask({ method: "POST", path: "", body, url: graphqlUrl(deps.url) })).body,
    allowed: async (what, work) => {
      try {
        return await work();
      } catch (error) {
        if (!isRefusal(error)) throw error;
        lacks.push(what);
        return undefined;
      }
    },
  };
}

/** The same pull request's responses are read again only if they have changed. */
export function createPullRequests(deps: Deps) {
  const kept: Kept = new Map();
  return async (query: PullQuery, signal: AbortSignal): Promise<PullResponse> => {
    const lacks: string[] = [];
    try {
      const pull = await deps.read(createCalls(deps, kept, lacks, signal), query);
      if (lacks.length === 0) return { pull };
      return { pull, wayOut: `its token may not read ${lacks.join(", ")}; ${deps.needs}` };
    } catch (error) {
      if (!isRefusal(error, [401, 403, 404])) throw error;
      const hint = `its token may not read the pull requests of ${query.base}; ${deps.needs}`;
      throw withMessage(error, error.message, { hint });
    }
  };
}
