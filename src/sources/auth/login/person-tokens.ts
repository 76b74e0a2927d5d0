// The token of whoever has signed in for a source. Who that is, is looked up each time: a sign-in or its end by another
// process counts at once.

import { SourceError } from "../../../core/source-error.ts";
import type { AccessToken, TokenStore, TokenMoment } from "../tokens.ts";
import { tokenKeyOf } from "./sign-in-record.ts";
import type { SignInRecord, SignInRecords } from "./sign-in-record.ts";

export interface PersonTokensOptions {
  readonly name: string;
  /** The task server's address. */
  readonly url: string;
  readonly records: SignInRecords;
  readonly tokenStore: TokenStore;
  readonly whyInsecure: (url: string) => string | null;
  /** Of a client that was configured with one. Throws `secret-missing`, `secret-unsafe`. */
  readonly clientSecret: () => string | null;
  /** False: while nobody is signed in, requests go without a token. */
  readonly isRequired: boolean;
}

/** Null where none is to be sent. Throws `source-refused` (sign-in needed) and `SourceError`. */
export type PersonTokens = (moment: TokenMoment) => Promise<AccessToken | null>;

const neverSignedIn = (name: string): SourceError =>
  new SourceError("source-refused", `${name}: sign-in needed.`, {
    hint: `sitrep login ${name}`,
    isUnsent: true,
  });

/** Whatever was refused, a person has to sign in; null for any other failure. */
function refusalOf(name: string, error: unknown): SourceError | null {
  if (!(error instanceof SourceError) || error.code !== "source-refused") return null;
  const { retryAfterMs, isUnsent } = error;
  return new SourceError("source-refused", `${name}: sign-in needed.`, {
    hint: `sitrep login ${name}`,
    cause: error,
    isUnsent,
    ...(retryAfterMs === null ? {} : { retryAfterMs }),
  });
}

function tokensOf(record: SignInRecord, options: PersonTokensOptions): PersonTokens | null {
  const key = tokenKeyOf(record);
  if (key === null) return null;
  const provider = options.tokenStore.provider(key, async (kept, signal) => {
    // Loaded when a token is to be renewed: openid-client takes its time.
    const { createPersonGrant } = await import("./person-grant.ts");
    return createPersonGrant(record, options)(kept, signal);
  });
  return (moment) =>
    provider.getToken(moment).catch((error: unknown) => {
      throw refusalOf(options.name, error) ?? error;
    });
}

export function createPersonTokens(options: PersonTokensOptions): PersonTokens {
  const { name, url, records, isRequired } = options;
  const { origin } = new URL(url);
  let known: { readonly text: string; readonly tokens: PersonTokens | null } | null = null;
  return async (moment) => {
    const record = records.get(name, origin);
    const text = JSON.stringify(record);
    if (known?.text !== text) {
      known = { text, tokens: record === null ? null : tokensOf(record, options) };
    }
    if (known.tokens !== null) return known.tokens(moment);
    if (isRequired) throw neverSignedIn(name);
    return null;
  };
}
