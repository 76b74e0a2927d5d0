// One declaration of an operation serves the route, OpenAPI, `TaskBackend`'s method and the call to a service.

import * as z from "zod";

export interface Operation<
  Path extends string = string,
  Query extends z.ZodRawShape = z.ZodRawShape,
  Body = unknown,
  QueryResult extends z.ZodRawShape = z.ZodRawShape,
> {
  readonly method: "get" | "put" | "post";
  /** A path has at most one parameter: `{id}`. */
  readonly path: Path;
  /** The permission that a caller needs: the name of the tool that does the same. */
  readonly permission: string;
  readonly summary: string;
  readonly description?: string;
  readonly status: 200 | 201;
  /** Statuses of failures, besides those that every operation can have. */
  readonly failures: readonly number[];
  readonly query: z.ZodObject<Query>;
  readonly body: z.ZodType<Body> | null;
  readonly response: readonly [name: string, schema: z.ZodObject<QueryResult>];
  readonly extensions?: Readonly<Record<string, unknown>>;
}

/** The path's `id`, and the fields of query and body. */
export type InputOf<One> =
  One extends Operation<infer Path, infer Query, infer Body>
    ? (Path extends `${string}{id}${string}` ? { readonly id: string } : unknown) &
        // An empty object's output has no index signature that other fields could clash with.
        (keyof Query extends never ? unknown : z.output<z.ZodObject<Query>>) &
        Body
    : never;

export type ResponseOf<One> =
  One extends Operation<string, z.ZodRawShape, unknown, infer QueryResult>
    ? z.output<z.ZodObject<QueryResult>>
    : never;

type Defaulted = "status" | "failures" | "query" | "body";

/** Defaults: status 200, no failures of its own, no query, no body. */
export function operation<
  const Path extends string,
  Query extends z.ZodRawShape = Record<never, never>,
  Body = unknown,
  QueryResult extends z.ZodRawShape = z.ZodRawShape,
>(
  definition: Omit<Operation<Path, Query, Body, QueryResult>, Defaulted> &
    Partial<Pick<Operation<Path, Query, Body, QueryResult>, "status" | "failures">> & {
      readonly query?: Query;
      readonly body?: z.ZodType<Body>;
    },
): Operation<Path, Query, Body, QueryResult> {
  const { query, body, ...others } = definition;
  return {
    status: 200,
    failures: [],
    ...others,
    query: z.object(query ?? ({} as Query)),
    body: body ?? null,
  };
}

export const pageOfItems = {
  total: z.int().describe("Across all pages"),
  page: z.int(),
  page_size: z.int(),
};

/** An offset beyond this page is a mistake. */
const lastPage = 1_000_000;

export const pageNumber: z.ZodType<number> = z.coerce
  .number()
  .int()
  .min(1)
  .max(lastPage)
  .default(1)
  .describe("From 1");

export const sizeUpTo = (largest: number, usual: number): z.ZodType<number> =>
  z.coerce.number().int().min(1).max(largest).default(usual);
