// The server's log: JSON lines on standard error. Every field is named here, so that no key or body can slip in.

import { pino } from "pino";
import { codeOf } from "../../core/errors.ts";
import { shownJson } from "../../state/output/json-output.ts";
import type { Principal } from "../principal.ts";
import { callFields, outcomeFields, type Observer } from "./observer.ts";

interface StartFacts {
  readonly version: string;
  readonly address: string;
  readonly metrics: string | null;
  readonly transport: readonly string[];
  readonly authentication: readonly string[];
  readonly tools: number;
  readonly backend: string;
}

export type ServerLog = ReturnType<typeof createServerLog>;

/** Bytes kept in memory while the log's reader is stuck. Further lines are dropped, and the server goes on. */
const maxBacklogLength = 4 * 1024 * 1024;

const lostEveryMs = 60_000;

const nameOf = (principal: Principal | null): string | null =>
  principal === null ? null : `${principal.user}@${principal.organization}`;

const notLogged = new Set<string | null>(["/mcp", "/health", "/healthz", "/readyz", "/metrics"]);

export interface LogTarget {
  write(line: string): void;
  end?(): Promise<void>;
}

export function standardError(): LogTarget {
  const stream = pino.destination({ dest: 2, sync: false, maxLength: maxBacklogLength });
  stream.on("error", () => undefined);
  let isOver = false;
  return {
    write: (line) => {
      if (!isOver) stream.write(line);
    },
    // Flushing synchronously could overtake or lose the line that is being written.
    end: () => {
      isOver = true;
      return new Promise((resolve) => {
        // Without a reader the stream fails and never closes.
        stream.once("close", resolve).once("error", resolve);
        stream.end();
      });
    },
  };
}

export function createServerLog(level: string, target: LogTarget) {
  const log = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line: string) => target.write(shownJson(line)) },
  );
  let saysLostFrom = 0;
  const seen: Pick<Observer, "toolCall" | "signIn" | "request" | "fault"> = {
    toolCall: (call) => log.info(callFields(call, nameOf(call.principal)), "tool call"),
    signIn: ({ principal, ...outcome }) =>
      log[principal === null ? "warn" : "info"](
        { principal: nameOf(principal), by: principal?.by ?? null, ...outcomeFields(outcome) },
        principal === null ? "sign-in refused" : "sign-in",
      ),
    // MCP calls have their own lines, and health probes would fill the log.
    request: ({ method, route, status, durationMs, principal }) => {
      if (notLogged.has(route)) return;
      const duration_ms = Math.round(durationMs * 100) / 100;
      const facts = { method, route, principal: nameOf(principal) };
      log.info({ ...facts, http_status: status, duration_ms }, "request");
    },
    fault: (error) => log.error({ code: codeOf(error) }, "fault"),
  };
  return {
    ...seen,
    /** Reports of the SDK, mostly malformed requests. Shown at level debug. */
    report: (error: unknown): void =>
      log.debug({ code: codeOf(error), kind: error instanceof Error ? error.name : "" }, "report"),
    started: (facts: StartFacts): void => log.info(facts, "started"),
    open: (sentence: string): void => log.warn(sentence),
    draining: (forMs: number): void => log.info({ seconds: forMs / 1000 }, "draining"),
    /** At most once a minute: a collector that is down loses a batch every few seconds. */
    tracesLost: (error: unknown): void => {
      if (performance.now() < saysLostFrom) return;
      saysLostFrom = performance.now() + lostEveryMs;
      log.warn({ code: codeOf(error) }, "traces not sent");
    },
    stopping: (inFlight: number): void => log.info({ in_flight: inFlight }, "stopping"),
    stopped: (isComplete: boolean): void => log.info({ complete: isComplete }, "stopped"),
    end: async (): Promise<void> => target.end?.(),
  };
}
