// A tool as the server registers it: what it is called, what it takes and gives, and what it does for whom.

import type { CallToolResult, ToolAnnotations } from "@modelcontextprotocol/server";
import * as z from "zod";
import { issueText } from "../../config/issue-text.ts";
import { SitrepError } from "../../core/errors.ts";
import type { Asked, TaskBackend } from "../backend.ts";
import { delivered } from "./schemas.ts";
import type { DeliveredSchema } from "./schemas.ts";

/** What a call has at hand. */
export interface ToolUse {
  readonly backend: TaskBackend;
  readonly asked: Asked;
  readonly now: Date;
  /** Random bytes for the fence around what others wrote. */
  readonly fenceBytes: () => Uint8Array;
  /** Tells a client that asked for it how far the call is. */
  readonly progress: (done: number, total: number, message: string) => Promise<void>;
}

export interface ToolAnswer {
  /** The bare value: a text as it is, all else as JSON. */
  readonly value: unknown;
  /** In place of the value, where that is made to be read by people: what others wrote is fenced in it. */
  readonly text?: string;
  /** The same as an object that says everything by itself: of a success, the model may see only this. */
  readonly structured: Record<string, unknown>;
  /** Links and images. */
  readonly more?: CallToolResult["content"];
}

/** Sentences of a tool for failures of the service behind it that are no HTTP answer. `reason` ends without a dot. */
export type NetworkSentence = (reason: string, isTimeout: boolean) => string;

export interface Tool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly annotations: ToolAnnotations;
  readonly input: DeliveredSchema;
  readonly output: DeliveredSchema;
  readonly networkSentence: NetworkSentence;
  /** Throws `usage` for arguments that do not fit, else as the backend. */
  readonly call: (args: unknown, use: ToolUse) => Promise<ToolAnswer>;
}

export interface ToolDefinition<Args> {
  name: string;
  title: string;
  description: string;
  kind: "read" | "write" | "repeatable-write";
  input: z.ZodType<Args>;
  output: z.ZodType;
  networkSentence?: NetworkSentence;
  run: (args: Args, use: ToolUse) => Promise<ToolAnswer>;
}

const usualSentence: NetworkSentence = (reason, isTimeout) =>
  isTimeout
    ? `Task Tracking microservice timeout: ${reason}`
    : `Task Tracking microservice unavailable: ${reason}`;

/** What is wrong with arguments, without the signs that are taken out of every sentence. */
function wordsOf(error: z.ZodError, input: z.ZodType): string {
  const words = issueText(error).replaceAll("<=", "at most ").replaceAll(">=", "at least ");
  const isUnknown = error.issues.some(
    ({ code, path }) => code === "unrecognized_keys" && path.length === 0,
  );
  if (!isUnknown || !(input instanceof z.ZodObject)) return words;
  return `${words}; it takes ${Object.keys(input.shape).join(", ")}`;
}

export function defineTool<Args>(definition: ToolDefinition<Args>): Tool {
  const { name, title, description, kind, input, output, networkSentence, run } = definition;
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
    input: delivered(input, "input"),
    output: delivered(output, "output"),
    networkSentence: networkSentence ?? usualSentence,
    call: (args, use) => {
      const read = input.safeParse(args ?? {});
      if (read.success) return run(read.data, use);
      const what = `Invalid arguments for ${name}: ${wordsOf(read.error, input)}`;
      return Promise.reject(new SitrepError("usage", what));
    },
  };
}
