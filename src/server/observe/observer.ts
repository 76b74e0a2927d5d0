// What the server records of its work: in the log and in the metrics.

import type { Principal } from "../principal.ts";

interface Outcome {
  /** 200 when it went well, else the status of the refusal or of the service behind; null where that gave no answer. */
  readonly status: number | null;
  /** Null when it went well. */
  readonly code: string | null;
  readonly durationMs: number;
}

/** What may be written down of a call that is over: never a value that is not on the tool's list. */
export interface ToolCallRecord extends Outcome {
  readonly tool: string;
  readonly principal: Principal;
  /** Names of the parameters that were given. */
  readonly parameters: readonly string[];
  /** Of the parameters whose values may be written down. */
  readonly values: Readonly<Record<string, string | number>>;
}

/** One sign-in, by request or by connection. */
export interface SeenSignIn extends Outcome {
  /** Null when it was refused. */
  readonly principal: Principal | null;
}

/** One request that was answered, by whatever. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly durationMs: number;
  /** Null when nobody was signed in. */
  readonly principal: Principal | null;
}

export interface Observer {
  toolCall(call: ToolCallRecord): void;
  signIn(seen: SeenSignIn): void;
  request(seen: SeenRequest): void;
  cacheLookup(isHit: boolean): void;
  /** Something went wrong for which no caller can be given an error. */
  fault(error: unknown): void;
}

/** How a call or a sign-in ended, as the logs name it. */
export const outcomeFields = ({ status, code, durationMs }: Outcome) => ({
  http_status: status,
  ...(code === null ? {} : { code }),
  duration_ms: Math.round(durationMs * 100) / 100,
});

/** What the logs say of a call. `principal`: what they call who made it. */
export const callFields = (call: ToolCallRecord, principal: string | null) => ({
  tool: call.tool,
  principal,
  ...outcomeFields(call),
  parameters: call.parameters,
  values: call.values,
});
