// Signs requests in: one request, again after a 401, and one call under a policy.

import { defined } from "../core/read.ts";
import { SourceError, withMessage } from "../core/source-error.ts";
import type { Policy, PolicyCall } from "./policy-settings.ts";

export type AuthHeaders = Readonly<Record<string, string>>;

/**
 * The headers of the next request; asked before every HTTP request and every WebSocket opening. `isAfterRefusal` is true
 * when the server has just answered 401 to the previous ones, with the token `refused`: the time to renew it. The request
 * is then sent again, if the headers have changed. A second refusal is reported in the same way.
 */
export type HeaderSource = (moment: {
  readonly isAfterRefusal: boolean;
  readonly refused?: string;
}) => Promise<AuthHeaders>;

const isRefusal = (error: unknown): boolean => error instanceof SourceError && error.status === 401;

const bearerIn = (signIn: AuthHeaders): string | undefined =>
  /^Bearer (.+)$/i.exec(signIn["authorization"] ?? "")?.[1];

/** Signs in again after a refusal. If that fails, the error also has what the server requires of a sign-in. */
async function renewed(
  source: HeaderSource,
  before: AuthHeaders,
  refusal: SourceError,
): Promise<AuthHeaders> {
  try {
    return await source({ isAfterRefusal: true, ...defined({ refused: bearerIn(before) }) });
  } catch (error) {
    if (!(error instanceof SourceError) || error.code !== "source-refused") throw error;
    const { status, challenge } = refusal;
    throw withMessage(error, error.message, { status, challenge, cause: error });
  }
}

/** Reports a second 401 to `source`. If `source` then throws, the call fails with that error. */
export async function sendWithAuth<T>(
  source: HeaderSource,
  send: (signIn: AuthHeaders) => Promise<T>,
  given?: AuthHeaders,
): Promise<T> {
  const before = given ?? (await source({ isAfterRefusal: false }));
  try {
    return await send(before);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const fresh = await renewed(source, before, error as SourceError);
    if (Object.entries(fresh).every(([name, value]) => before[name] === value)) throw error;
    try {
      // A refused request was not carried out, so even a write may be sent again.
      return await send(fresh);
    } catch (second) {
      if (isRefusal(second) && bearerIn(fresh) !== undefined) {
        await renewed(source, fresh, second as SourceError);
      }
      throw second;
    }
  }
}

export interface TokenContext {
  /** The user or client, looked up each time; empty if unknown. */
  readonly subject: () => string;
  readonly headers: HeaderSource;
  /** The program of a server, whose secrets may be missing too; null for an address. */
  readonly program: (() => unknown) | null;
}

/** The headers of a request. Throws errors that a retry cannot repair, such as a missing secret. */
export async function requireAuthHeaders({ headers, program }: TokenContext): Promise<AuthHeaders> {
  program?.();
  return headers({ isAfterRefusal: false });
}

export interface AuthCall<T> extends Omit<PolicyCall<T>, "key" | "attempt"> {
  /** Names the operation and everything that its response depends on, except the subject. */
  readonly key: readonly unknown[];
  readonly attempt: (signal: AbortSignal, signIn: AuthHeaders) => Promise<T>;
}

/** Signs in before the policy runs, because retrying cannot repair a sign-in, and keeps each subject's responses apart. */
export async function callWithAuth<T>(
  asker: TokenContext,
  run: Policy["run"],
  { key, attempt, ...call }: AuthCall<T>,
): Promise<T> {
  const subject = asker.subject();
  const signIn = await requireAuthHeaders(asker);
  return run({
    ...call,
    // Both subjects, so that after a change of sign-in during the call neither gets this response from the cache.
    key: JSON.stringify([subject, asker.subject(), ...key]),
    attempt: (signal) => attempt(signal, signIn),
  });
}
