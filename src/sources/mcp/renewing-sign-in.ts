// Requests whose sign-in is renewed once when the server refuses it.

import { SourceError } from "../../core/source-error.ts";
import type { HttpClient } from "../../http/http.ts";
import type { HeaderSource } from "./connection.ts";

type SignIn = Readonly<Record<string, string>>;

const isRefusal = (error: unknown): boolean => error instanceof SourceError && error.status === 401;

const bearerIn = (signIn: SignIn): string | undefined =>
  /^Bearer (.+)$/i.exec(signIn["authorization"] ?? "")?.[1];

function afterRefusalOf(signIn: SignIn): Parameters<HeaderSource>[0] {
  const refused = bearerIn(signIn);
  return { isAfterRefusal: true, ...(refused === undefined ? {} : { refused }) };
}

/** The sign-in after a refusal. Where there is no other, what the server wants of one goes with that failure. */
async function askedAgain(source: HeaderSource, before: SignIn, refusal: unknown): Promise<SignIn> {
  try {
    return await source(afterRefusalOf(before));
  } catch (error) {
    if (!(error instanceof SourceError) || !(refusal instanceof SourceError)) throw error;
    if (error.code !== "source-refused") throw error;
    const { message, hint } = error;
    const { status, challenge } = refusal;
    const wayOut = hint === undefined ? {} : { hint };
    const delivered = {
      ...wayOut,
      ...(status === null ? {} : { status }),
      challenge,
      cause: error,
    };
    throw new SourceError("source-refused", message, delivered);
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
