// Where the headers that sign a request in come from, and requests whose sign-in is renewed once when it is refused. No
// secret leaves while NODE_TLS_REJECT_UNAUTHORIZED switches the check of certificates off.

import { SitrepError } from "../core/errors.ts";
import { defined } from "../core/read.ts";
import { SourceError } from "../core/source-error.ts";
import type { HttpClient } from "./http.ts";
import type { Policy, PolicyCall } from "./policy-settings.ts";

/**
 * The headers of the next request; asked before every HTTP request and every WebSocket opening. `isAfterRefusal` is true
 * when the server has just answered 401 to the ones before, with the token `refused`: the time to renew it. The request is
 * then sent once more, if the headers are others now. A second refusal is reported in the same way.
 */
export type HeaderSource = (moment: {
  readonly isAfterRefusal: boolean;
  readonly refused?: string;
}) => Promise<Record<string, string>>;

type SignIn = Readonly<Record<string, string>>;

const isRefusal = (error: unknown): boolean => error instanceof SourceError && error.status === 401;

const bearerIn = (signIn: SignIn): string | undefined =>
  /^Bearer (.+)$/i.exec(signIn["authorization"] ?? "")?.[1];

/** The sign-in after a refusal. Where there is no other, what the server wants of one goes with that failure. */
async function askedAgain(source: HeaderSource, before: SignIn, refusal: unknown): Promise<SignIn> {
  try {
    return await source({ isAfterRefusal: true, ...defined({ refused: bearerIn(before) }) });
  } catch (error) {
    if (!(error instanceof SourceError) || !(refusal instanceof SourceError)) throw error;
    if (error.code !== "source-refused") throw error;
    const { message, hint } = error;
    const { status, challenge } = refusal;
    throw new SourceError("source-refused", message, {
      ...defined({ hint, status: status ?? undefined }),
      challenge,
      cause: error,
    });
  }
}

/**
 * Sends with the sign-in of `source`; once more after a 401, where the sign-in is another by then. A second 401 is
 * reported to `source`, and where that puts an end to asking, its word is what the call fails with.
 */
export async function sendSignedIn<T>(
  source: HeaderSource,
  send: (signIn: SignIn) => Promise<T>,
  given?: SignIn,
): Promise<T> {
  const before = given ?? (await source({ isAfterRefusal: false }));
  try {
    return await send(before);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const fresh = await askedAgain(source, before, error);
    if (Object.entries(fresh).every(([name, value]) => before[name] === value)) throw error;
    try {
      // What was refused was not carried out, so that also a write may be sent again.
      return await send(fresh);
    } catch (second) {
      if (isRefusal(second) && bearerIn(fresh) !== undefined) {
        await askedAgain(source, fresh, second);
      }
      throw second;
    }
  }
}

/** A client that signs in so; the headers of a request are the sign-in that it is sent with first. */
export function renewingSignIn(http: HttpClient, source: HeaderSource): HttpClient {
  return {
    requestJson: (request) =>
      sendSignedIn(
        source,
        (signIn) => http.requestJson({ ...request, headers: { ...request.headers, ...signIn } }),
        request.headers ?? {},
      ),
    counters: () => http.counters(),
    [Symbol.asyncDispose]: () => http[Symbol.asyncDispose](),
  };
}

/** Throws `tls-off`. `env`: of the process that would send the secret; Node reads it at each connection. */
export function requireCheckedTls(
  env: Readonly<Record<string, string | undefined>> = process.env,
): void {
  if (env["NODE_TLS_REJECT_UNAUTHORIZED"] !== "0") return;
  throw new SitrepError(
    "tls-off",
    "NODE_TLS_REJECT_UNAUTHORIZED=0 switches the check of certificates off: no secret is sent.",
    {
      hint: "Unset it. For a private authority: NODE_EXTRA_CA_CERTS=/path/to/ca.pem sitrep install",
    },
  );
}

/** Who asks a server, and with what. */
export interface Asker {
  /** The user or client, looked up each time; empty where none is known. */
  readonly subject: () => string;
  readonly headers: HeaderSource;
  /** What a server is started with, whose secrets may be missing too; null for an address. */
  readonly program: (() => unknown) | null;
}

/** The headers of a request. Throws, before a call, what no repetition would mend: a sign-in that is not to be had. */
export async function requireSignIn({ headers, program }: Asker): Promise<Record<string, string>> {
  program?.();
  return headers({ isAfterRefusal: false });
}

export interface SignedInCall<T> extends Omit<PolicyCall<T>, "key" | "attempt"> {
  /** Names the operation and everything that its answer depends on beside who asks. */
  readonly key: readonly unknown[];
  /** One try, with the headers of the sign-in. */
  readonly attempt: (signal: AbortSignal, headers: Record<string, string>) => Promise<T>;
}

/** Signs in outside the policy, because repetition mends no sign-in, and keeps the answers of each subject apart. */
export async function callSignedIn<T>(
  asker: Asker,
  run: Policy["run"],
  { key, attempt, ...call }: SignedInCall<T>,
): Promise<T> {
  const subject = asker.subject();
  let headers: Record<string, string>;
  try {
    headers = await requireSignIn(asker);
  } catch (error) {
    if (call.fallback === undefined || !(error instanceof SourceError)) throw error;
    return call.fallback(error);
  }
  return run({
    ...call,
    // Twice: where another signs in meanwhile, the answer is kept for neither.
    key: JSON.stringify([subject, asker.subject(), ...key]),
    attempt: (signal) => attempt(signal, headers),
  });
}
