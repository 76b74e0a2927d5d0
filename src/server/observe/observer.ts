import type { Principal } from "../principal.ts";

interface Outcome {
  readonly status: number | null;
  readonly code: string | null;
  readonly durationMs: number;
}

export interface ToolCallRecord extends Outcome {
  readonly tool: string;
  readonly principal: Principal;
  readonly parameters: readonly string[];
  readonly values: Readonly<Record<string, string | number>>;
}

export interface SeenSignIn extends Outcome {
  readonly principal: Principal | null;
}

export interface SeenRequest {
  readonly method: string;
  /** The pattern of its path, such as `/tasks/{id}`, without anybody's text; null for an unknown path. */
  readonly route: string | null;
  readonly status: number;
  readonly durationMs: number;
  readonly principal: Principal | null;
}

export interface Observer {
  toolCall(call: ToolCallRecord): void;
  signIn(seen: SeenSignIn): void;
  request(seen: SeenRequest): void;
  cacheLookup(isHit: boolean): void;
  tasksWritten(operation: string, count: number): void;
  fault(error: unknown): void;
}

export const outcomeFields = ({ status, code, durationMs }: Outcome) => ({
  http_status: status,
  ...(code === null ? {} : { code }),
  duration_ms: Math.round(durationMs * 100) / 100,
});

export const callFields = (call: ToolCallRecord, principal: string | null) => ({
  tool: call.tool,
  principal,
  ...outcomeFields(call),
  parameters: call.parameters,
  values: call.values,
});
