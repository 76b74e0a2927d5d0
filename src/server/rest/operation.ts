// One operation of the REST service: what routes and the OpenAPI document are both made of.

import * as z from "zod";
import type { Asked, TaskBackend } from "../backend.ts";

export interface RestOperation {
  /** Its name in the OpenAPI document. */
  readonly id: string;
  readonly method: "get" | "put" | "post";
  /** With `{id}` for the one parameter that a path may have. */
  readonly path: string;
  /** The permission that it needs: the name of the tool that does the same. */
  readonly permission: string;
  readonly summary: string;
  readonly description?: string;
  /** The status of a success. */
  readonly status: 200 | 201;
  /** Statuses of failures beside those that every operation can have. */
  readonly failures: readonly number[];
  readonly query: z.ZodType;
  readonly body: z.ZodType | null;
  /** Named as in the OpenAPI document. */
  readonly answer: readonly [name: string, schema: z.ZodType];
  /** Beginning with `x-`, for the document. */
  readonly extensions?: Readonly<Record<string, unknown>>;
  /** `query` and `body` are what the schemas gave. */
  readonly run: (
    backend: TaskBackend,
    input: Input<unknown, unknown>,
    asked: Asked,
  ) => Promise<unknown>;
}

interface Input<Query, Body> {
  readonly id: string;
  readonly query: Query;
  readonly body: Body;
}

/** What is left out is usual: status 200, no failures beside the common ones, no query, no body. */
type Definition<Query, Body, Answer> = Partial<
  Pick<RestOperation, "description" | "status" | "failures" | "extensions">
> &
  Pick<RestOperation, "id" | "method" | "path" | "permission" | "summary"> & {
    readonly query?: z.ZodType<Query>;
    readonly body?: z.ZodType<Body>;
    readonly answer: readonly [name: string, schema: z.ZodType<Answer>];
    readonly run: (
      backend: TaskBackend,
      input: Input<Query, Body>,
      asked: Asked,
    ) => Promise<Answer>;
  };

/** Binds the handler's types to the schemas: `run` is only ever given what they have let through. */
export function operation<Query, Body, Answer>(
  definition: Definition<Query, Body, Answer>,
): RestOperation {
  const { run } = definition;
  return {
    status: 200,
    failures: [],
    query: z.object({}),
    body: null,
    ...definition,
    run: (backend, input, asked) => run(backend, input as Input<Query, Body>, asked),
  };
}

/** The fields of an answer that is a page of items. */
export const pageOfItems = {
  total: z.int().describe("Over all pages"),
  page: z.int(),
  page_size: z.int(),
};

/** Numbers of pages are from 1; an offset beyond this is a mistake. */
const lastPage = 1_000_000;

export const pageNumber = z.coerce
  .number()
  .int()
  .min(1)
  .max(lastPage)
  .default(1)
  .describe("From 1");

export const sizeUpTo = (largest: number, usual: number): z.ZodType<number> =>
  z.coerce.number().int().min(1).max(largest).default(usual);
