// Redacts sent secrets: a server that repeats its token in a title must not get it into the cache, a brief or a log.

import { maskTokens, redactAll } from "../core/secrets/secret-text.ts";
import { SourceError, withMessage } from "../core/source-error.ts";
import { mapTexts } from "../core/read.ts";
import type { HeaderSource } from "../http/header-source.ts";
import type { StdioProgram } from "./mcp/mcp-connection.ts";

/** Shorter secrets are not redacted, because they may be ordinary words. */
const shortest = 8;
/** Tokens are renewed: older ones than these are forgotten. */
const maxKept = 64;

const secretName = /auth|token|secret|passw|key|cookie|credential|session|(?:^|[-_])pat$/i;
const notSecret = /^x-(?:user|organization)-id$/i;
const looksMade = (value: string): boolean =>
  /^[\w.~+=]{20,}$/.test(value) && value.replace(/\D/g, "").length > 2;

const isSecret = (name: string, value: string): boolean =>
  !notSecret.test(name) && (secretName.test(name) || looksMade(value));

/** The value without `Bearer` or another scheme; for `Basic` also the password. */
function partsOf(value: string): string[] {
  const [, scheme = "", rest = value] = /^(\w+) +(\S+)$/.exec(value) ?? [];
  if (scheme.toLowerCase() !== "basic") return [rest];
  const [, password = ""] = /^[^:]*:(.*)$/s.exec(Buffer.from(rest, "base64").toString()) ?? [];
  return [rest, password];
}

/** The password or user of an address, and its parameters with names of secrets. */
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

/** The latest secrets, each with its encoded forms. */
function createKnownSecrets() {
  const known = new Set<string>();
  return {
    keep: (secrets: readonly string[]): void => {
      for (const secret of secrets.filter(({ length }) => length >= shortest)) {
        const inBase64 = Buffer.from(secret).toString("base64");
        for (const form of [secret, encodeURIComponent(secret.toWellFormed()), inBase64]) {
          known.delete(form);
          known.add(form);
        }
      }
      for (const oldest of [...known].slice(0, -maxKept)) known.delete(oldest);
    },
    /** Longest first: a secret may begin with another one. */
    clean: <T>(value: T): T =>
      redactAll(
        value,
        [...known].toSorted((one, other) => other.length - one.length),
      ),
  };
}

export function createSentSecrets(url: string) {
  const { keep, clean } = createKnownSecrets();
  keep(inAddress(url));
  const cleanError = (error: unknown): unknown => {
    if (!(error instanceof SourceError)) return error;
    const { message, hint, bodyStart } = error;
    const texts = { message, hint, bodyStart };
    const { message: cleaned, ...details } = mapTexts(clean(texts), maskTokens);
    const isClean = JSON.stringify(texts) === JSON.stringify({ message: cleaned, ...details });
    return isClean ? error : withMessage(error, cleaned, details);
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
    cleanError,
    watch: <A extends SignedInAddress>(address: A): A => ({
      ...address,
      headers: watchHeaders(address.headers),
      program: address.program === null ? null : watchProgram(address.program),
    }),
    /** The result or error of `work`, with each secret replaced by `[secret]`. */
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
