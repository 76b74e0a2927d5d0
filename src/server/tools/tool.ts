import type { CallToolResult, StandardSchemaWithJSON } from "@modelcontextprotocol/server";
import * as z from "zod";
import type { ToolGroup } from "../../config/schema.ts";
import { issueText } from "../../core/read.ts";
import { SitrepError } from "../../core/errors.ts";
import { cutText, quoted } from "../../core/quote.ts";
import type { CallScope, TaskBackend } from "../backend.ts";
import type { ServiceError } from "../backends/service-error.ts";
import { ProjectId } from "../wire.ts";

export interface ToolUse {
  readonly backend: TaskBackend;
  readonly asked: CallScope;
  readonly now: Date;
  readonly progress: (done: number, total: number, message: string) => Promise<void>;
}

export interface ToolOutput {
  /** Complete, because the model may see nothing else of a success. */
  readonly structured: Record<string, unknown>;
  /** The field that is the response's text: strings unchanged, other values as JSON. Default: all fields, as JSON. */
  readonly bare?: string;
  /** Replaces that text; other people's words are quoted in it. */
  readonly text?: string;
  readonly more?: CallToolResult["content"];
}

export type NetworkSentence = (
  failure: Pick<ServiceError, "reason" | "isTimeout" | "service">,
) => string;

export type Tool = ReturnType<typeof defineTool>;

interface ToolDefinition<Args> {
  name: string;
  title: string;
  description: string;
  kind: "read" | "write";
  group: Exclude<ToolGroup, "all">;
  networkSentence?: NetworkSentence;
  reportsProgress?: boolean;
  input: z.ZodType<Args>;
  output: z.ZodType;
  run: (args: Args, use: ToolUse) => Promise<ToolOutput>;
}

/** `groups`: undefined means all. */
export const isListed = (groups: readonly ToolGroup[] | undefined, { group }: Tool): boolean =>
  groups === undefined || group === "tasks" || groups.includes("all") || groups.includes(group);

/** `usual`: the project of a call that names none; null: it must name one. */
export const projectField = (usual: string | null): z.ZodType<string> =>
  usual === null
    ? ProjectId
    : ProjectId.optional()
        .transform((given) => given ?? usual)
        .describe("Default: this project");

export const pageFields = {
  page: z.number().int().min(1).max(1_000_000).default(1),
  page_size: z.number().int().min(1).max(100).default(20).describe("1 to 100"),
};

const maxDescriptionLength = 500;

/** For lists, since clients cut off long responses. */
export function truncateDescription<T extends { description: string | null }>(item: T): T {
  const { description } = item;
  if (description === null || description.length <= maxDescriptionLength) return item;
  return { ...item, description: cutText(description, maxDescriptionLength) };
}

/** The structured content of a refusal. Clients may check it against the tool's output schema. */
const refusalSchema = {
  type: "object",
  properties: {
    code: { type: "string", description: "Stable error code" },
    retryable: { type: "boolean", description: "True if the same call may succeed later" },
    retryAfterMs: { type: ["number", "null"], description: "Wait requested by the service" },
  },
  required: ["code", "retryable", "retryAfterMs"],
} as const;

/** Left out of shown schemas, because they cost tokens in every session. The tool checks them, and its refusal names the limit. */
const unshown = [
  "minLength",
  "maxLength",
  "minItems",
  "maxItems",
  "minimum",
  "maximum",
  "additionalProperties",
];

/** A schema that accepts everything: the tool itself refuses, in its own words. Made once for the servers of all requests. */
function shownSchema(schema: z.ZodType, io: "input" | "output"): StandardSchemaWithJSON {
  let known: Record<string, unknown> | null = null;
  const make = (): Record<string, unknown> => {
    const { $schema, ...made } = z.toJSONSchema(schema, {
      target: "draft-2020-12",
      io,
      override: ({ jsonSchema }) => {
        if (io === "output") return;
        for (const key of unshown) delete jsonSchema[key];
        if (jsonSchema.default === "") delete jsonSchema.default;
      },
    });
    // Clients of SDK 1.x check the structured content of errors too.
    return io === "input" ? made : { $schema, type: "object", anyOf: [made, refusalSchema] };
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

/** Names of unknown parameters are other people's text, and may contain quotes. */
function withQuotedKeys(issue: z.core.$ZodIssue): z.core.$ZodIssue {
  if (issue.code !== "unrecognized_keys") return issue;
  const keys = issue.keys.map((key) => quoted(key, 40));
  return { ...issue, message: `Unrecognized key${keys.length > 1 ? "s" : ""}: ${keys.join(", ")}` };
}

/** The mistakes in words, without `<` and `>`, which every sentence loses. */
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

export function defineTool<Args>(definition: ToolDefinition<Args>) {
  const { name, title, description, kind, group, input, output, run } = definition;
  const { networkSentence = usualSentence, reportsProgress = false } = definition;
  return {
    name,
    group,
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
    /** Throws `usage` for invalid arguments, else as the backend. */
    call: (args: unknown, use: ToolUse): Promise<ToolOutput> => {
      const read = input.safeParse(args ?? {});
      if (read.success) return run(read.data, use);
      const what = `Invalid arguments for ${name}: ${wordsOf(read.error, input)}`;
      return Promise.reject(new SitrepError("usage", what));
    },
  };
}
