// OpenTelemetry's traces, by its standard variables. The SDK is loaded only if one of them asks for it.

import * as z from "zod";
import { readVariables, numberText, variable, wordText } from "../../config/environment.ts";
import type { Environment } from "../../config/folders.ts";
import type { OnQuery } from "../../store/database/connection.ts";

/** The attributes of a finished request. */
export interface FinishedRequest {
  readonly method: string;
  readonly route: string | null;
  readonly status: number;
}

/** Spans name routes, tools and tables: never a task's text, an id, a query's value or the caller. */
export interface Tracing extends AsyncDisposable {
  /** Continues the trace that `traceparent` names. */
  request<Seen extends FinishedRequest>(
    headers: Readonly<Record<string, string | string[] | undefined>>,
    work: () => Promise<Seen>,
  ): Promise<Seen>;
  tool<Result>(name: string, work: () => Promise<Result>): Promise<Result>;
  /** Null: queries are not timed. */
  readonly query: OnQuery | null;
}

export const noTracing: Tracing = {
  request: (_, work) => work(),
  tool: (_, work) => work(),
  query: null,
  [Symbol.asyncDispose]: async () => undefined,
};

const samplers = [
  "always_on",
  "always_off",
  "traceidratio",
  "parentbased_always_on",
  "parentbased_always_off",
  "parentbased_traceidratio",
] as const;

export type TracingSettings = ReturnType<typeof readSettings>;

const protocol = wordText(["http/protobuf"]).default("http/protobuf");

function readSettings(env: Environment) {
  const given = readVariables(env, {
    OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
    OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: protocol,
    OTEL_TRACES_SAMPLER: wordText(samplers).default("parentbased_always_on"),
    OTEL_TRACES_SAMPLER_ARG: numberText(0, 1).default(1),
    OTEL_BSP_SCHEDULE_DELAY: numberText(1, 600_000).default(5000),
    OTEL_BSP_EXPORT_TIMEOUT: numberText(1, 600_000).default(30_000),
    OTEL_BSP_MAX_QUEUE_SIZE: numberText(1, 1_000_000).default(2048),
    OTEL_BSP_MAX_EXPORT_BATCH_SIZE: numberText(1, 1_000_000).default(512),
  });
  return {
    sampler: given.OTEL_TRACES_SAMPLER,
    ratio: given.OTEL_TRACES_SAMPLER_ARG,
    batches: {
      scheduledDelayMillis: given.OTEL_BSP_SCHEDULE_DELAY,
      exportTimeoutMillis: given.OTEL_BSP_EXPORT_TIMEOUT,
      maxQueueSize: given.OTEL_BSP_MAX_QUEUE_SIZE,
      maxExportBatchSize: given.OTEL_BSP_MAX_EXPORT_BATCH_SIZE,
    },
  };
}

const endpoints = ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"];

/** True if an endpoint or `OTEL_TRACES_EXPORTER=otlp` is set, unless another variable says no. Throws `config-invalid`. */
function isAsked(env: Environment): boolean {
  const { OTEL_SDK_DISABLED: disabled, OTEL_TRACES_EXPORTER: exporter } = readVariables(env, {
    OTEL_SDK_DISABLED: z.string().optional(),
    OTEL_TRACES_EXPORTER: wordText(["otlp", "none"]).optional(),
  });
  if (disabled?.toLowerCase() === "true" || exporter === "none") return false;
  return exporter === "otlp" || endpoints.some((name) => variable(env, name) !== undefined);
}

/** `onLost`: spans could not be sent. Throws `config-invalid`. */
export async function openTracing(
  env: Environment,
  version: string,
  onLost: (error: unknown) => void,
): Promise<Tracing> {
  if (!isAsked(env)) return noTracing;
  const settings = readSettings(env);
  const { startTracing } = await import("./opentelemetry.ts");
  return startTracing(env, settings, version, onLost);
}
