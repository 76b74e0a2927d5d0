// Tries whether a server is there and lets us in, and says how it went.

import { codeOf, SitrepError } from "../core/errors.ts";

export interface ConnectionTest {
  isConnected: boolean;
  /** How long it took. Milliseconds. */
  ms: number;
  /** Null when it went well. */
  code: string | null;
  message: string | null;
  hint: string | null;
}

/** Never throws: what `check` throws is the result. */
export async function testConnection(check: () => Promise<void>): Promise<ConnectionTest> {
  const started = performance.now();
  const took = (): number => Math.round(performance.now() - started);
  try {
    await check();
    return { isConnected: true, ms: took(), code: null, message: null, hint: null };
  } catch (error) {
    return {
      isConnected: false,
      ms: took(),
      code: codeOf(error),
      message: error instanceof Error ? error.message : String(error),
      hint: error instanceof SitrepError ? (error.hint ?? null) : null,
    };
  }
}
