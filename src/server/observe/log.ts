// The server's log: JSON lines on standard error. Every field is named here, so that no key and no body can slip in.

import { pino } from "pino";
import { codeOf } from "../../core/errors.ts";
import { shownJson } from "../../state/output/program.ts";
import type { Principal } from "../principal.ts";
import { restRouteOf } from "../rest/routes.ts";
import { callFields, outcomeFields, type Observer } from "./observer.ts";

interface StartFacts {
  readonly version: string;
  readonly address: string;
  readonly transport: readonly string[];
  /** Ways to sign in. */
  readonly authentication: readonly string[];
  readonly tools: number;
  readonly backend: string;
}

export type ServerLog = ReturnType<typeof createServerLog>;

/** Bytes held in memory while the reader of the log is stuck. What exceeds them is lost, and the server goes on. */
const longestBacklog = 4 * 1024 * 1024;

const nameOf = (principal: Principal | null): string | null =>
  principal === null ? null : `${principal.user}@${principal.organization}`;

const notLogged = new Set(["/mcp", "/mcp/", "/health", "/metrics"]);

export interface LogTarget {
  write(line: string): void;
  end?(): Promise<void>;
}

/** Standard error, written beside the work. */
export function standardError(): LogTarget {
  const stream = pino.destination({ dest: 2, sync: false, maxLength: longestBacklog });
  stream.on("error", () => undefined);
  let isOver = false;
  return {
    write: (line) => {
      if (!isOver) stream.write(line);
    },
    // To write the rest at once would put it before a line that is being written, or lose that one.
    end: () => {
      isOver = true;
      return new Promise((resolve) => {
        // When the reader is gone, the stream fails and never closes.
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
  const seen: Pick<Observer, "toolCall" | "signIn" | "request" | "fault"> = {
    toolCall: (call) => log.info(callFields(call, nameOf(call.principal)), "tool call"),
    signIn: ({ principal, ...outcome }) =>
      log[principal === null ? "warn" : "info"](
        { principal: nameOf(principal), by: principal?.by ?? null, ...outcomeFields(outcome) },
        principal === null ? "sign-in refused" : "sign-in",
      ),
    // Calls of MCP have lines of their own, and probes would fill the log.
    request: ({ method, path, status, durationMs, principal }) => {
      if (notLogged.has(path)) return;
      const duration_ms = Math.round(durationMs * 100) / 100;
      const facts = { method, route: restRouteOf(path), principal: nameOf(principal) };
      log.info({ ...facts, http_status: status, duration_ms }, "request");
    },
    fault: (error) => log.error({ code: codeOf(error) }, "fault"),
  };
  return {
    ...seen,
    /** What the protocol's library reports: mostly requests that were no requests. Shown at level debug. */
    report: (error: unknown): void =>
      log.debug({ code: codeOf(error), kind: error instanceof Error ? error.name : "" }, "report"),
    started: (facts: StartFacts): void => log.info(facts, "started"),
    /** Who needs no key, in a sentence of ours. */
    open: (sentence: string): void => log.warn(sentence),
    stopping: (inFlight: number): void => log.info({ in_flight: inFlight }, "stopping"),
    stopped: (isComplete: boolean): void => log.info({ complete: isComplete }, "stopped"),
    /** Resolves when all of it is written. What comes later is lost. */
    end: async (): Promise<void> => target.end?.(),
  };
}
