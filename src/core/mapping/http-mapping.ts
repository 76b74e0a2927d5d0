// The mapping of a service over HTTP: which requests to send, and where the tasks are in the responses. It is read as a mapping
// whose tools are requests.

import type { ResponseMap, Mapping, ToolCall, WriteCall } from "./mapping.ts";

export const httpMethods = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;

/**
 * One request. The default of `tasks` is the whole response. Path, query and body are templates, like a tool's arguments. Without `cursor`, the next page is the one that
 * the response's `Link` header names (RFC 8288).
 */
export interface HttpCall extends ResponseMap {
  /** Default: `GET`. */
  method?: (typeof httpMethods)[number];
  /** Below the source's address. A value that is filled in stays one segment. */
  path: string;
  query?: Readonly<Record<string, unknown>>;
  body?: unknown;
  /** A write is sent with the ETag that `get` had for this path, and refused if the task's ETag has changed (RFC 9110). */
  ifMatch?: boolean;
}

export interface HttpListCall extends HttpCall {
  items?: string;
  each?: HttpCall;
}

type OwnWords = Pick<
  Mapping,
  "mine" | "statusWords" | "statusReasons" | "states" | "hasOneAssignee"
>;

/** The calls mean the same as in `Mapping`. */
export interface HttpMapping extends OwnWords {
  list: HttpListCall;
  next?: HttpCall;
  get?: HttpCall;
  search?: HttpCall;
  create?: HttpCall;
  update?: HttpListCall;
  comment?: HttpListCall;
  assign?: HttpListCall;
  whoAmI?: HttpCall;
  /** Sent with every request. In a configuration a secret is a reference. */
  headers?: Readonly<Record<string, string>>;
}

/** Everything about one tracker's API. */
export interface HttpPreset {
  name: string;
  title: string;
  /** The address of the hosted API. Absent: every user has their own server. */
  url?: string;
  /** The settings below `with`, with a description each. */
  settings?: Readonly<Record<string, string>>;
  defaults?: Readonly<Record<string, string>>;
  /** Nothing is public: no request is sent without a token. */
  needsToken?: true;
  /** How a token is sent. Default: as a bearer token. */
  auth?: { readonly header: string; readonly scheme?: string } | "basic";
  /** What to do about a refusal with this HTTP status. */
  hints?: Readonly<Record<number, string>>;
  mapping: HttpMapping;
}

export interface RequestArguments {
  readonly method: (typeof httpMethods)[number];
  readonly segments: readonly string[];
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
  readonly ifMatch?: boolean;
  /** The address of a further page. */
  readonly page?: string;
}

function toolCall({ method = "GET", path, query, body, ifMatch, ...response }: HttpCall): ToolCall {
  const segments = path.split("/").filter((part) => part !== "");
  const page = response.cursor === undefined ? { page: "${cursor?}" } : {};
  return {
    tasks: "$",
    ...response,
    tool: `${method} ${path}`,
    arguments: { method, segments, query, body, ifMatch, ...page },
  };
}

function levels({ items, each, ...call }: HttpListCall): WriteCall {
  return {
    ...toolCall(call),
    ...(items === undefined ? {} : { items }),
    ...(each === undefined ? {} : { each: toolCall(each) }),
  };
}

export function toolMapping(http: HttpMapping): Mapping {
  const { headers: _, list, next, get, search, create, update, comment, assign, ...rest } = http;
  const { whoAmI, ...others } = rest;
  const calls = { next, get, search, create, update, comment, assign, whoAmI };
  const own = Object.entries(calls).flatMap(([name, call]) =>
    call === undefined ? [] : [[name, levels(call)] as const],
  );
  return { ...others, ...Object.fromEntries(own), list: levels(list) };
}
