// The record is read for each request, so that another process's sign-in counts at once.

import { signInSecret, type SecretContext } from "../../config/secrets.ts";
import { insecureBecause, canPersonSignIn, sourceOrigin } from "../../config/source-address.ts";
import type { PersonAuth } from "../../config/source/auth.ts";
import type { SourceConfig } from "../../config/source-config.ts";
import { SourceError } from "../../core/source-error.ts";
import type { PersonDeps } from "./login/person-grant.ts";
import { openSignInRecords, signInNeeded, signInTokenKey } from "./login/sign-in-record.ts";
import type { SignInRecord } from "./login/sign-in-record.ts";
import { machineClock } from "./machine-clock.ts";
import { createTokenStore } from "./token-store.ts";
import type { TokenStore, AccessToken, TokenMoment } from "./tokens.ts";

export interface SignInContext extends SecretContext {
  readonly tokens: string;
  readonly renewTokensBeforeMs: number;
  readonly signIns: string | null;
  readonly allowInsecureHosts: readonly string[];
}

export const findPersonAuth = ({ auth }: SourceConfig): PersonAuth | null =>
  auth?.type === "login" ? auth : null;

export const openTokenStore = ({ tokens, renewTokensBeforeMs }: SignInContext): TokenStore =>
  createTokenStore({ folder: tokens, clock: machineClock, renewBeforeMs: renewTokensBeforeMs });

export const createPersonDeps = (source: SourceConfig, context: SignInContext): PersonDeps => ({
  name: source.name,
  url: source.url ?? "",
  whyInsecure: (address) => insecureBecause(address, context.allowInsecureHosts),
  clientSecret: () => readClientSecret(source, context),
});

/** The client's configured secret; null for a public client. Throws `secret-missing`, `secret-unsafe`. */
export function readClientSecret(source: SourceConfig, context: SignInContext): string | null {
  const reference = findPersonAuth(source)?.secret;
  return reference === undefined ? null : signInSecret(source, context, reference);
}

/** Null when nobody is signed in. Throws `secret-unsafe` for a record that others can read. */
export function readSignIn(
  source: SourceConfig,
  { signIns }: Pick<SignInContext, "signIns">,
): SignInRecord | null {
  if (signIns === null || !canPersonSignIn(source)) return null;
  const record = openSignInRecords(signIns).get(source.name, sourceOrigin(source));
  return record?.person === null ? null : record;
}

/** The person whose responses a source gives: who is signed in; empty when unknown. */
export function readPerson(source: SourceConfig, context: Pick<SignInContext, "signIns">): string {
  try {
    return readSignIn(source, context)?.person?.subject ?? "";
  } catch {
    // A record that others can read is reported when a token is needed.
    return "";
  }
}

/** A source's sign-in, without secrets. Instants are epoch milliseconds. */
export interface SignInStatus {
  issuer: string;
  subject: string;
  label: string;
  scope: string | null;
  expiresAt: number | null;
  /** True when the next token needs no person. */
  isRenewed: boolean;
  /** True while the sign-in is refused: a person has to sign in again. */
  isRefused: boolean;
  signedInAt: number;
}

export async function readSignInStatus(
  source: SourceConfig,
  context: SignInContext,
): Promise<SignInStatus | null> {
  const record = readSignIn(source, context);
  const key = record === null ? null : signInTokenKey(record);
  if (record?.person === null || record === null || key === null) return null;
  const kept = await openTokenStore(context).get(key);
  if (kept === null) return null;
  const { subject, label, signedInAt } = record.person;
  return {
    issuer: record.issuer,
    subject,
    label,
    scope: kept.scope ?? record.person.scope,
    expiresAt: kept.expiresAt,
    isRenewed: kept.refreshToken !== null && !kept.isRefused,
    isRefused: kept.isRefused,
    signedInAt,
  };
}

/** Null when none is to be sent. Throws `source-refused` (sign-in needed), else another `SourceError`. */
export type PersonTokens = (moment: TokenMoment) => Promise<AccessToken | null>;

function tokensOf(
  record: SignInRecord,
  tokenStore: TokenStore,
  deps: PersonDeps,
): PersonTokens | null {
  const key = signInTokenKey(record);
  if (key === null) return null;
  const provider = tokenStore.provider(key, async (kept, signal) => {
    // Loaded only to renew a token: openid-client loads slowly.
    const { createPersonGrant } = await import("./login/person-grant.ts");
    return createPersonGrant(record, deps)(kept, signal);
  });
  return (moment) =>
    provider.getToken(moment).catch((error: unknown) => {
      if (!(error instanceof SourceError) || error.code !== "source-refused") throw error;
      const { retryAfterMs, isUnsent } = error;
      const wait = retryAfterMs === null ? {} : { retryAfterMs };
      throw signInNeeded(deps.name, { cause: error, isUnsent, ...wait });
    });
}

/** Null when the source signs in otherwise. Without a sign-in, requests go without a token. */
export function personTokens(source: SourceConfig, context: SignInContext): PersonTokens | null {
  const { name } = source;
  if (!canPersonSignIn(source) || context.signIns === null) return null;
  const records = openSignInRecords(context.signIns);
  const [tokenStore, deps] = [openTokenStore(context), createPersonDeps(source, context)];
  let known: { readonly text: string; readonly tokens: PersonTokens | null } | null = null;
  return async (moment) => {
    const record = records.get(name, sourceOrigin(source));
    const text = JSON.stringify(record);
    if (known?.text !== text) {
      known = { text, tokens: record === null ? null : tokensOf(record, tokenStore, deps) };
    }
    if (known.tokens !== null) return known.tokens(moment);
    if (findPersonAuth(source) !== null) throw signInNeeded(name, { isUnsent: true });
    return null;
  };
}
