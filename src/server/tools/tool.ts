// A tool as the server registers it: what it is called, what it takes and gives, and what it does for whom.

import type {
  CallToolResult,
  StandardSchemaWithJSON,
  ToolAnnotations,
} from "@modelcontextprotocol/server";
import * as z from "zod";
import { issueText } from "../../core/read.ts";
import { SitrepError } from "../../core/errors.ts";
import { cutText, isPlainName, quoted } from "../../core/quote.ts";
import type { Asked, TaskBackend } from "../backend.ts";
import type { ServiceError } from "../backends/service-error.ts";
import { ProjectId } from "../wire.ts";

/** What a call has at hand. */
export interface ToolUse {
  readonly backend: TaskBackend;
  readonly asked: Asked;
  readonly now: Date;
  /** Notifies a client that asked for it how far the call is. */
  readonly progress: (done: number, total: number, message: string) => Promise<void>;
}

export interface ToolAnswer {
  /** An object that says everything by itself: of a success, the model may see only this. */
  readonly structured: Record<string, unknown>;
  /** The field that stands in the answer's text, a text as it is, all else as JSON. Default: all of them, as JSON. */
  readonly bare?: string;
  /** In place of that, where it is made to be read by people: what others wrote is quoted in it. */
  readonly text?: string;
  /** Links. */
  readonly more?: CallToolResult["content"];
}

/** Sentences of a tool for failures of the service behind it that are no answer. `reason` ends without a dot. */
export type NetworkSentence = (
  failure: Pick<ServiceError, "reason" | "isTimeout" | "service">,
) => string;

export interface Tool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly annotations: ToolAnnotations;
  readonly input: StandardSchemaWithJSON;
  readonly output: StandardSchemaWithJSON;
  readonly networkSentence: NetworkSentence;
  /** True where it notifies of how far a call is. */
  readonly reportsProgress: boolean;
  /** Throws `usage` for arguments that do not fit, else as the backend. */
  readonly call: (args: unknown, use: ToolUse) => Promise<ToolAnswer>;
}

interface ToolDefinition<Args>
  extends
    Pick<Tool, "name" | "title" | "description">,
    Partial<Pick<Tool, "networkSentence" | "reportsProgress">> {
  kind: "read" | "write";
  input: z.ZodType<Args>;
  output: z.ZodType;
  run: (args: Args, use: ToolUse) => Promise<ToolAnswer>;
}

/** The name of a project in words of ours: a folder may be called anything, so that only a name is repeated. */
export const bareOr = (name: string, otherwise: string): string =>
  isPlainName(name) ? name : otherwise;

/** `usual`: the project that is meant where a call names none; null where it must be named. */
export const projectField = (usual: string | null): z.ZodType<string> =>
  usual === null
    ? ProjectId
    : ProjectId.default(usual).describe(
        `Id of the project. Leave out for ${bareOr(usual, "this one")}`,
      );

/** The fields of a list that is given a page at a time. */
export const pageFields = {
  page: z.number().int().min(1).max(1_000_000).default(1).describe("Page, from 1"),
  page_size: z.number().int().min(1).max(100).default(20).describe("Items a page, 1 to 100"),
};

const longestDescription = 500;

/** For lists, since a client cuts off long answers: the item with at most 500 characters of its description. */
export function short<T extends { description: string | null }>(item: T): T {
  const { description } = item;
  if (description === null || description.length <= longestDescription) return item;
  return { ...item, description: cutText(description, longestDescription) };
}

/** What a refusal has as structured content, for programs. A client may hold it against the tool's output schema. */
const refusalSchema = {
  type: "object",
  properties: {
    code: { type: "string", description: "What went wrong, by a name that stays" },
    retryable: { type: "boolean", description: "True when the same call may go well later" },
    retryAfterMs: { type: ["number", "null"], description: "How long the service asks to wait" },
  },
  required: ["code", "retryable", "retryAfterMs"],
} as const;

/**
 * The schema as clients are shown it. It lets everything pass: the tool reads its arguments itself, to refuse in its own
 * words. The conversion is made once, since over HTTP a server is built for each request.
 */
function shownSchema(schema: z.ZodType, io: "input" | "output"): StandardSchemaWithJSON {
  let known: Record<string, unknown> | null = null;
  const make = (): Record<string, unknown> => {
    const { $schema, ...made } = z.toJSONSchema(schema, {
      target: "draft-2020-12",
      io,
      override: ({ jsonSchema }) => {
        const { default: usual } = jsonSchema;
        if (typeof usual === "string" && usual !== "" && !isPlainName(usual))
          delete jsonSchema.default;
      },
    });
    // Clients of SDK 1.x hold the structured content of errors against it too.
    const shown = io === "input" ? made : { type: "object", anyOf: [made, refusalSchema] };
    return { $schema, ...shown };
  };
  const json = () => (known ??= make());
  return {
    "~standard": {
      version: 1,
      vendor: "sitrep",
      validate: (value) => ({ value }),
      jsonSchema: { input: json, output: json },
    },
  };
}

const usualSentence: NetworkSentence = ({ reason, isTimeout, service }) =>
  `${service} microservice ${isTimeout ? "timeout" : "unavailable"}: ${reason}`;

/** Names of parameters that a tool does not have are others' text, and may hold quotes. */
function withQuotedKeys(issue: z.core.$ZodIssue): z.core.$ZodIssue {
  if (issue.code !== "unrecognized_keys") return issue;
  const keys = issue.keys.map((key) => quoted(key, 40));
  return { ...issue, message: `Unrecognized key${keys.length > 1 ? "s" : ""}: ${keys.join(", ")}` };
}

/** What is wrong with arguments, without the signs that are taken out of every sentence. */
function wordsOf(error: z.ZodError, input: z.ZodType): string {
  const words = issueText({ issues: error.issues.map(withQuotedKeys) })
    .replaceAll("<=", "at most ")
    .replaceAll(">=", "at least ");
  const isUnknown = error.issues.some(
    ({ code, path }) => code === "unrecognized_keys" && path.length === 0,
  );
  if (!isUnknown || !(input instanceof z.ZodObject)) return words;
  return `${words}; it takes ${Object.keys(input.shape).join(", ")}`;
}

export function defineTool<Args>(definition: ToolDefinition<Args>): Tool {
  const { name, title, description, kind, input, output, run } = definition;
  const { networkSentence = usualSentence, reportsProgress = false } = definition;
  return {
    name,
    title,
    description,
    annotations: {
      title,
      readOnlyHint: kind === "read",
      destructiveHint: false,
      idempotentHint: kind !== "write",
      openWorldHint: false,
    },
    input: shownSchema(input, "input"),
    output: shownSchema(output, "output"),
    networkSentence,
    reportsProgress,
    call: (args, use) => {
      const read = input.safeParse(args ?? {});
      if (read.success) return run(read.data, use);
      const what = `Invalid arguments for ${name}: ${wordsOf(read.error, input)}`;
      return Promise.reject(new SitrepError("usage", what));
    },
  };
}
