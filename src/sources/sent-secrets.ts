// What has been sent to a server to sign in with, to be taken out again of all that it answers: a server that repeats its
// token in a title or an error must not put it into the cache, a brief or a log.

import { maskTokens, redactAll } from "../core/secrets/secret-text.ts";
import { SourceError } from "../core/source-error.ts";
import { defined, mapTexts } from "../core/read.ts";
import type { HeaderSource } from "../http/header-source.ts";
import type { StdioProgram } from "./mcp/connection.ts";

/** Shorter ones are words, which stand in honest texts too. */
const shortest = 8;
/** Tokens are renewed; of a server that speaks of an older one than these nothing is known. */
const mostKept = 64;

const secretName = /auth|token|secret|passw|key|cookie|credential|session|(?:^|[-_])pat$/i;
const notSecret = /^x-(?:user|organization)-id$/i;
/** No words, no path, no address. */
const looksMade = (value: string): boolean =>
  /^[\w.~+=]{20,}$/.test(value) && value.replace(/\D/g, "").length > 2;

const isSecret = (name: string, value: string): boolean =>
  !notSecret.test(name) && (secretName.test(name) || looksMade(value));

/** `Bearer` and its like are no part of it; of `Basic` the password is one by itself. */
function partsOf(value: string): string[] {
  const [, scheme = "", rest = value] = /^(\w+) +(\S+)$/.exec(value) ?? [];
  if (scheme.toLowerCase() !== "basic") return [rest];
  const [, password = ""] = /^[^:]*:(.*)$/s.exec(Buffer.from(rest, "base64").toString()) ?? [];
  return [rest, password];
}

/** The user's part of an address, and its parameters that are named as a secret. */
function inAddress(address: string): string[] {
  if (!URL.canParse(address)) return [];
  const { username, password, searchParams } = new URL(address);
  const given = [...searchParams].filter(([name]) => secretName.test(name));
  return [decodeURIComponent(password || username), ...given.map(([, value]) => value)];
}

interface SignedInAddress {
  readonly headers: HeaderSource;
  readonly program: (() => StdioProgram) | null;
}

/** Of one server at `url`. */
export function createSentSecrets(url: string) {
  /** Each with the forms in which it may come back. */
  const known = new Set<string>();
  const keep = (secrets: readonly string[]): void => {
    for (const secret of secrets.filter(({ length }) => length >= shortest)) {
      const inBase64 = Buffer.from(secret).toString("base64");
      for (const form of [secret, encodeURIComponent(secret.toWellFormed()), inBase64]) {
        known.delete(form);
        known.add(form);
      }
    }
    for (const oldest of [...known].slice(0, Math.max(0, known.size - mostKept))) {
      known.delete(oldest);
    }
  };
  keep(inAddress(url));
  /** One may begin with another. */
  const longestFirst = () => [...known].toSorted((one, other) => other.length - one.length);
  const clean = <T>(value: T): T => redactAll(value, longestFirst());
  const cleanError = (error: unknown): unknown => {
    if (!(error instanceof SourceError)) return error;
    const { code, message, hint, status, retryAfterMs, bodyStart, cause, ...rest } = error;
    const texts = { message, hint, bodyStart };
    const cleaned = mapTexts(clean(texts), maskTokens);
    if (JSON.stringify(texts) === JSON.stringify(cleaned)) return error;
    return new SourceError(code, cleaned.message, {
      ...defined({
        hint: cleaned.hint,
        bodyStart: cleaned.bodyStart ?? undefined,
        status: status ?? undefined,
        retryAfterMs: retryAfterMs ?? undefined,
      }),
      isUnsent: rest.isUnsent,
      isAbsence: rest.isAbsence,
      challenge: rest.challenge,
      cause,
    });
  };
  const watchHeaders =
    (source: HeaderSource): HeaderSource =>
    async (moment) => {
      const headers = await source(moment);
      const secret = Object.entries(headers).filter(([name, value]) => isSecret(name, value));
      keep(secret.flatMap(([, value]) => partsOf(value)));
      return headers;
    };
  const watchProgram = (start: () => StdioProgram) => (): StdioProgram => {
    const program = start();
    const env = Object.entries(program.env);
    const named = env.filter(([name, value]) => isSecret(name, value));
    keep([...named.map(([, value]) => value), ...(program.secrets ?? [])]);
    keep(env.flatMap(([, value]) => inAddress(value)));
    return program;
  };
  return {
    /** The same address, of which whatever secrets it gives are known from now on. */
    watch: <A extends SignedInAddress>(address: A): A => ({
      ...address,
      headers: watchHeaders(address.headers),
      program: address.program === null ? null : watchProgram(address.program),
    }),
    cleanError,
    /** What `work` gives or throws, with `[secret]` in the place of each. */
    without: async <T>(work: Promise<T>): Promise<T> => {
      try {
        return clean(await work);
      } catch (error) {
        throw cleanError(error);
      }
    },
  };
}

export type SentSecrets = ReturnType<typeof createSentSecrets>;
