// Any service over HTTP as a task source, by a mapping whose tools are requests. Each page is asked for with the validators of
// its last response: an unchanged one costs no quota and is not mapped again.

import { SitrepError } from "../../core/errors.ts";
import type { RequestArguments } from "../../core/mapping/http-mapping.ts";
import { requireSuccess } from "../../core/mapping/tool-response.ts";
import type { TaskSource } from "../../core/ports.ts";
import { quoted } from "../../core/quote.ts";
import { defined, readObject, readString } from "../../core/read.ts";
import { SourceError, withMessage } from "../../core/source-error.ts";
import type { FoundMapping } from "../mapping/find-http-mapping.ts";
import type { Mapper } from "../mapping/mapper.ts";
import type { PageResponse } from "../mapping/run-call.ts";
import { createMcpSource, type CallTool } from "./mcp.ts";
import type { AdapterDeps, ExchangeCall, RestResponse, RestCall } from "./rest-responses.ts";

interface CachedPage {
  readonly validators: Readonly<Record<string, string>>;
  readonly next: string | undefined;
  readonly memo: NonNullable<PageResponse["memo"]>;
}

/** Pages by address; the oldest are dropped. */
export type PageCache = Map<string, CachedPage>;
const maxKept = 60;

export interface JsonSourceDeps extends Omit<AdapterDeps, "settings">, FoundMapping {
  readonly exchange: ExchangeCall;
  readonly kept: PageCache;
  readonly mapper: Mapper;
}

/** A filled-in value stays one segment, so that an id cannot lead to another path. */
export function createPath(name: string, segments: readonly unknown[]): string {
  const parts = segments.map((segment) => encodeURIComponent(String(segment).toWellFormed()));
  const wrong = parts.find((part) => /^\.{0,2}$/.test(part));
  if (wrong === undefined) return `/${parts.join("/")}`;
  throw new SitrepError(
    "config-invalid",
    `${name}: ${quoted(wrong, 10)} cannot be part of a path.`,
  );
}

const textOf = (value: unknown): string | number | undefined =>
  typeof value === "number" || value === undefined || value === null
    ? (value ?? undefined)
    : Array.isArray(value)
      ? value.join(",")
      : String(value);

/** The address of the next page in a `Link` header (RFC 8288). */
export function parseNextLink(link: string | undefined): string | undefined {
  const parts = (link ?? "").matchAll(/<([^>]*)>([^<]*)/g);
  return [...parts].find(([, , rest = ""]) => /;\s*rel="?(?:[\w -]* )?next\b/i.test(rest))?.[1];
}

/** GraphQL reports failures with HTTP 200, and a used-up limit with a code of its own. */
function requireNoErrors(name: string, body: unknown): void {
  const errors = readObject(body)?.["errors"];
  if (!Array.isArray(errors) || errors.length === 0) return;
  const first = readObject(errors[0]);
  const code = readString(readObject(first?.["extensions"])?.["code"]);
  if (code === "RATELIMITED") {
    throw new SourceError("source-rate-limited", `${name} is rate-limiting requests.`);
  }
  requireSuccess(name, { isError: true, structured: { error: first }, texts: [] });
}

/** The failure with the preset's hint for its status. Also recognizes a limit that came as HTTP 400. */
function explained(name: string, hints: FoundMapping["hints"], error: unknown): unknown {
  if (!(error instanceof SourceError)) return error;
  if (error.code === "source-rate-limited") return error;
  if (error.status === 412) {
    const hint = 'Nothing was changed. "sitrep refresh" reads it again; then look at the task.';
    return new SitrepError("task-changed", `The task was changed in ${name} since it was read.`, {
      hint,
    });
  }
  if (/"RATELIMITED"/.test(error.bodyStart ?? "")) {
    const { status, retryAfterMs } = error;
    return new SourceError("source-rate-limited", `${name} is rate-limiting requests.`, {
      status,
      retryAfterMs,
    });
  }
  const hint = hints[error.status ?? 0]?.replace("NAME", name);
  return hint === undefined ? error : withMessage(error, error.message, { hint });
}

const keyOf = (path: string, query: readonly unknown[]): string => JSON.stringify([path, query]);

type Deps = Pick<JsonSourceDeps, "name" | "exchange" | "kept" | "headers" | "hints">;

function pageOf({ kept }: Deps, key: string, response: RestResponse): PageResponse {
  const { etag, "last-modified": modified, link } = response.headers;
  const validators = defined({ "if-none-match": etag, "if-modified-since": modified });
  const page: CachedPage = { validators, next: parseNextLink(link), memo: { mapped: null } };
  kept.delete(key);
  kept.set(key, page);
  const [oldest] = kept.keys();
  if (kept.size > maxKept && oldest !== undefined) kept.delete(oldest);
  return { isError: false, structured: response.body, texts: [], ...page };
}

/** The ETag of the task that `get` has read. Throws `config-invalid` without a strong one: a weak one proves nothing. */
function etagOf({ name, kept }: Deps, path: string): string {
  const etag = kept.get(keyOf(path, []))?.validators["if-none-match"] ?? "";
  if (etag.startsWith('"')) return etag;
  throw new SitrepError("config-invalid", `${name} gave no strong ETag for ${quoted(path, 80)}.`, {
    hint: 'Nothing was sent. "ifMatch" needs a "get" with the same path, without a query.',
  });
}

/** `onMoved`: a redirect within the service's origin was followed. */
function callOverHttp(deps: Deps, onMoved: (url: string) => void): CallTool {
  const { name, exchange, kept, headers: constant, hints } = deps;
  return async (kind, _tool, args, signal) => {
    const {
      method,
      segments,
      query = {},
      body,
      page,
      ifMatch,
    } = args as unknown as RequestArguments;
    const path = createPath(name, segments);
    const values = Object.entries(query).map(([key, value]) => [key, textOf(value)] as const);
    const key = page ?? keyOf(path, values);
    const known = kind === "read" && method === "GET" ? kept.get(key) : undefined;
    const validators = known?.memo.mapped ? known.validators : {};
    const own = ifMatch === true && kind === "write" ? { "if-match": etagOf(deps, path) } : {};
    const headers = { "user-agent": "sitrep", ...constant, ...validators, ...own };
    const call: RestCall = {
      kind,
      method,
      path,
      query: Object.fromEntries(values),
      body,
      url: page,
      headers,
    };
    const response = await exchange(call, signal).catch((error: unknown) => {
      throw explained(name, hints, error);
    });
    if (response.movedTo !== null) onMoved(response.movedTo);
    if (response.status === 304 && known !== undefined) {
      return { isError: false, structured: undefined, texts: [], ...known };
    }
    requireNoErrors(name, response.body);
    if (kind === "read" && method === "GET") return pageOf(deps, key, response);
    // A write may have an empty response (204).
    return { isError: false, structured: response.body ?? {}, texts: [] };
  };
}

/** Owns `close` and `mapper`: disposing of the source ends both. */
export function createJsonSource(deps: JsonSourceDeps): TaskSource {
  let movedTo: string | null = null;
  const callTool = callOverHttp(deps, (url) => (movedTo = new URL(url).pathname));
  const source = createMcpSource({ ...deps, callTool });
  return {
    ...source,
    listOpen: async (scope, signal) => {
      movedTo = null;
      const open = await source.listOpen(scope, signal);
      return { ...open, ...defined({ movedTo: movedTo ?? undefined }) };
    },
  };
}
