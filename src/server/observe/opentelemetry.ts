// The spans of `sitrep serve`, sent as OTLP over HTTP. Loaded only if an OTEL_ variable asks for it.

import { AsyncLocalStorage } from "node:async_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Span,
  type SpanOptions,
  type Tracer,
} from "@opentelemetry/api";
import { setGlobalErrorHandler, W3CTraceContextPropagator } from "@opentelemetry/core";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from "@opentelemetry/resources";
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
  type Sampler,
} from "@opentelemetry/sdk-trace";
import type { Environment } from "../../config/folders.ts";
import { codeOf } from "../../core/errors.ts";
import type { FinishedRequest, Tracing, TracingSettings } from "./tracing.ts";

const shutdownMs = 3000;

function samplerOf({ sampler, ratio }: TracingSettings): Sampler {
  const [, isParents, kind] = /^(parentbased_)?(.+)$/.exec(sampler) ?? [];
  const root =
    kind === "always_off"
      ? new AlwaysOffSampler()
      : kind === "traceidratio"
        ? new TraceIdRatioBasedSampler(ratio)
        : new AlwaysOnSampler();
  return isParents === undefined ? root : new ParentBasedSampler({ root });
}

/** The SDK reads only the process's own environment, not the file of `--env-file`. */
function setVariables(env: Environment): void {
  for (const [name, value] of Object.entries(env)) {
    if (name.startsWith("OTEL_") && value !== undefined) process.env[name] ??= value;
  }
}

const headerGetter = {
  keys: (headers: object) => Object.keys(headers),
  get: (headers: Readonly<Record<string, string | string[] | undefined>>, name: string) =>
    headers[name],
};

/** A query's operation and table, such as `SELECT tasks`, without its text. */
function summaryOf(sql: string): Attributes & { readonly "db.query.summary": string } {
  const operation = /^\W*(\w+)/.exec(sql)?.[1]?.toUpperCase() ?? "QUERY";
  const table = /\b(?:from|into|update|table)\s+"?([a-z_]+)/i.exec(sql)?.[1];
  return {
    "db.operation.name": operation,
    "db.query.summary": table === undefined ? operation : `${operation} ${table}`,
    ...(table === undefined ? {} : { "db.collection.name": table }),
  };
}

function providerOf(settings: TracingSettings, version: string): TracerProvider {
  const own = resourceFromAttributes({ "service.name": "sitrep", "service.version": version });
  const resource = defaultResource()
    .merge(own)
    .merge(detectResources({ detectors: [envDetector] }));
  const exporter = new OTLPTraceExporter();
  return new TracerProvider({
    resource,
    sampler: samplerOf(settings),
    spanProcessors: [new BatchSpanProcessor({ exporter, ...settings.batches })],
  });
}

function fail(span: Span, code: string): void {
  span.setAttribute("error.type", code);
  span.setStatus({ code: SpanStatusCode.ERROR });
}

function describe(span: Span, { method, route, status }: FinishedRequest): void {
  span.updateName(route === null ? method : `${method} ${route}`);
  span.setAttribute("http.request.method", method);
  span.setAttribute("http.response.status_code", status);
  if (route !== null) span.setAttribute("http.route", route);
  if (status >= 500) fail(span, String(status));
}

type Named = SpanOptions & { readonly name: string };

/** Nests spans, also across asynchronous work. */
function createSpans(tracer: Tracer) {
  const current = new AsyncLocalStorage<Context>();
  return {
    /** Null outside every span. */
    here: (): Context | null => current.getStore() ?? null,
    within: async <T>(
      { name, ...options }: Named,
      parent: Context,
      work: (span: Span) => Promise<T>,
    ): Promise<T> => {
      const span = tracer.startSpan(name, options, parent);
      try {
        return await current.run(trace.setSpan(parent, span), () => work(span));
      } catch (error) {
        fail(span, codeOf(error));
        throw error;
      } finally {
        span.end();
      }
    },
  };
}

export function startTracing(
  env: Environment,
  settings: TracingSettings,
  version: string,
  onLost: (error: unknown) => void,
): Tracing {
  setVariables(env);
  setGlobalErrorHandler(onLost);
  const provider = providerOf(settings, version);
  const tracer = provider.getTracer("sitrep", version);
  const { here, within } = createSpans(tracer);
  const propagator = new W3CTraceContextPropagator();
  return {
    request: (headers, work) => {
      const parent = propagator.extract(ROOT_CONTEXT, headers, headerGetter);
      return within({ name: "HTTP", kind: SpanKind.SERVER }, parent, async (span) => {
        const seen = await work();
        describe(span, seen);
        return seen;
      });
    },
    tool: (tool, work) => {
      const attributes = { "mcp.method.name": "tools/call", "gen_ai.tool.name": tool };
      return within({ name: `tools/call ${tool}`, attributes }, here() ?? ROOT_CONTEXT, work);
    },
    query: ({ system, sql, durationMs, isFailed }) => {
      const parent = here();
      // Queries outside requests, such as repeated sign-in checks, get no span.
      if (parent === null) return;
      const end = Date.now();
      const summary = summaryOf(sql);
      const attributes = { "db.system.name": system, ...summary };
      const times = { kind: SpanKind.CLIENT, startTime: end - durationMs };
      const span = tracer.startSpan(summary["db.query.summary"], { ...times, attributes }, parent);
      if (isFailed) fail(span, "query-failed");
      span.end(end);
    },
    [Symbol.asyncDispose]: async () => {
      // A collector that is down must not keep the server.
      await Promise.race([
        provider.shutdown().catch(onLost),
        sleep(shutdownMs, undefined, { ref: false }),
      ]);
    },
  };
}
