// Which backend `sitrep mcp` serves. Pure: the flag, then the environment, then the project's sources, then the
// embedded store.

import type { BackendName, TaskBackend } from "../backend.ts";
import { keyVariable, urlVariable } from "../service-address.ts";
import type { Environment } from "../../config/folders.ts";
import type { SourceConfig } from "../../config/source-config.ts";
import { SitrepError } from "../../core/errors.ts";
import { wrapCalls } from "../backends/wrap-calls.ts";

/** What `sitrep mcp` serves, wherever it comes from. */
export interface ToolBackend extends AsyncDisposable {
  readonly backend: TaskBackend;
  /** What callers call the project at hand. */
  readonly project: string;
  /** For the log. */
  readonly name: string;
}

export type BackendChoice =
  | { readonly kind: "store" }
  /** `source` says where; null: the environment. */
  | { readonly kind: "rest"; readonly source: SourceConfig | null }
  | { readonly kind: "source"; readonly source: SourceConfig };

function choiceOf(source: SourceConfig): BackendChoice {
  if (source.type === "embedded") return { kind: "store" };
  return { kind: source.type === "task-tracking" ? "rest" : "source", source };
}

function named(sources: readonly SourceConfig[], name: string): BackendChoice {
  const found = sources.find((source) => source.name === name);
  if (found !== undefined) return choiceOf(found);
  throw new SitrepError("source-unknown", `This project has no source "${name}".`, {
    hint: `It has: ${sources.map((source) => source.name).join(", ")}.`,
  });
}

/** `sources`: those of the project in their order, all of them. Throws `source-unknown`. */
export function chooseBackend(
  options: { readonly backend?: BackendName | undefined; readonly source?: string },
  env: Environment,
  sources: readonly SourceConfig[],
): BackendChoice {
  if (options.source !== undefined) return named(sources, options.source);
  if (options.backend === "embedded") return { kind: "store" };
  const isInEnvironment = env[urlVariable] !== undefined || env[keyVariable] !== undefined;
  if (isInEnvironment) return { kind: "rest", source: null };
  const serving = sources.filter(({ enabled, fallback }) => enabled && !fallback);
  if (options.backend === "rest") {
    const source = serving.find(({ type }) => type === "task-tracking") ?? null;
    return { kind: "rest", source };
  }
  const [first] = serving;
  return first === undefined ? { kind: "store" } : choiceOf(first);
}

/**
 * The ticket service that the tools for tickets are about, `environment` for the one that its variables name; null: they
 * are about the backend's own tickets. An address alone is too common a variable to mean one.
 */
export function chooseTickets(
  options: Parameters<typeof chooseBackend>[0],
  env: Environment,
  sources: readonly SourceConfig[],
): SourceConfig | "environment" | null {
  if (options.backend === "embedded") return null;
  const own = sources.filter(({ type }) => type === "tickets");
  if (options.source !== undefined) {
    return own.find(({ name }) => name === options.source) ?? null;
  }
  if (env["API_BASE_URL"] && env["FASTMCP_TOKEN"]) return "environment";
  return own.find(({ enabled, fallback }) => enabled && !fallback) ?? null;
}

/** The backend, which also takes an id as a brief and the commands write it, `source/id`, if it is that source. */
export const withFullIds = ({ backend, name }: ToolBackend): TaskBackend =>
  wrapCalls(backend, (call, run) => {
    const { id } = call.input as { id?: string };
    const isFull = id?.startsWith(`${name}/`) === true;
    return run(isFull ? { ...call.input, id: id?.slice(name.length + 1) } : call.input);
  });
