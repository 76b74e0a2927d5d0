import { variable } from "../../config/environment.ts";
import type { Environment } from "../../config/folders.ts";
import type { ToolGroup } from "../../config/schema.ts";
import type { SourceConfig } from "../../config/source-config.ts";
import { SitrepError } from "../../core/errors.ts";
import type { BackendName, TaskBackend } from "../backend.ts";
import { keyVariable, urlVariable } from "../service-address.ts";

export interface ToolBackend extends AsyncDisposable {
  readonly backend: TaskBackend;
  readonly project: string;
  /** The source's name in full ids and in the log. */
  readonly name: string;
  /** The groups of tools that it supports and callers may need. */
  readonly tools: readonly ToolGroup[];
}

export interface BackendOptions {
  readonly backend?: BackendName | undefined;
  readonly source?: string;
}

export type BackendChoice =
  | { readonly kind: "store" }
  /** `source` null: the service that the environment names. */
  | { readonly kind: "rest"; readonly source: SourceConfig | null }
  | { readonly kind: "source"; readonly source: SourceConfig };

function choiceOf(source: SourceConfig | undefined): BackendChoice {
  if (source === undefined || source.type === "embedded") return { kind: "store" };
  return { kind: source.type === "task-tracking" ? "rest" : "source", source };
}

const isServing = ({ enabled, fallback }: SourceConfig): boolean => enabled && !fallback;

/** `sources`: all of the project's, in their order. Throws `source-unknown`. */
export function chooseBackend(
  { backend, source: name }: BackendOptions,
  env: Environment,
  sources: readonly SourceConfig[],
): BackendChoice {
  if (name !== undefined) {
    const found = sources.find((source) => source.name === name);
    if (found !== undefined) return choiceOf(found);
    throw new SitrepError("source-unknown", `This project has no source "${name}".`, {
      hint: `It has: ${sources.map((source) => source.name).join(", ")}.`,
    });
  }
  if (backend === "embedded") return { kind: "store" };
  const isInEnvironment = env[urlVariable] !== undefined || env[keyVariable] !== undefined;
  if (isInEnvironment) return { kind: "rest", source: null };
  const serving = sources.filter(isServing);
  if (backend !== "rest") return choiceOf(serving[0]);
  return { kind: "rest", source: serving.find(({ type }) => type === "task-tracking") ?? null };
}

/** Null: the backend's own tickets. An address variable alone does not count, because its name is too common. */
export function chooseTickets(
  { backend, source: name }: BackendOptions,
  env: Environment,
  sources: readonly SourceConfig[],
): SourceConfig | "environment" | null {
  if (backend === "embedded") return null;
  const own = sources.filter(({ type }) => type === "tickets");
  if (name !== undefined) return own.find((source) => source.name === name) ?? null;
  if (variable(env, "API_BASE_URL") && variable(env, "FASTMCP_TOKEN")) return "environment";
  return own.find(isServing) ?? null;
}
