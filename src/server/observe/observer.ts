// What the server records of its work: in the log and in the metrics.

import type { Principal } from "../principal.ts";

/** What may be written down of a call that is over: never a value that is not on the tool's list. */
export interface ToolCallRecord {
  readonly tool: string;
  readonly principal: Principal;
  /** 200 when it went well, else the status of the refusal or of the service behind. */
  readonly status: number;
  /** Null when it went well. */
  readonly code: string | null;
  readonly durationMs: number;
  /** Names of the parameters that were given. */
  readonly parameters: readonly string[];
  /** Of the parameters whose values may be written down. */
  readonly values: Readonly<Record<string, string | number>>;
}

/** One sign-in, by request or by connection. */
export interface SeenSignIn {
  /** Null when it was refused. */
  readonly principal: Principal | null;
  readonly status: number;
  readonly code: string | null;
  readonly durationMs: number;
}

export interface Observer {
  toolCall(call: ToolCallRecord): void;
  signIn(seen: SeenSignIn): void;
  request(method: string, status: number, durationMs: number): void;
  cacheLookup(isHit: boolean): void;
  /** Something went wrong for which no caller can be given an error. */
  fault(error: unknown): void;
}

const roundMs = (ms: number): number => Math.round(ms * 100) / 100;

interface Outcome {
  readonly status: number;
  readonly code: string | null;
  readonly durationMs: number;
}

/** How a call or a sign-in ended, as the logs name it. */
export const outcomeFields = ({ status, code, durationMs }: Outcome) => ({
  http_status: status,
  ...(code === null ? {} : { code }),
  duration_ms: roundMs(durationMs),
});
