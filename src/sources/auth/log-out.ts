// What `sitrep logout` does: tokens are revoked and forgotten.

import type { Revocation } from "./login/person-grant.ts";
import { openSignInRecords, tokenKeyOf } from "./login/sign-in-record.ts";
import type { SignInRecord } from "./login/sign-in-record.ts";
import { insecureBecause, originOf } from "../../config/source-address.ts";
import type { SourceConfig } from "../../config/source-config.ts";
import type { CommandContext } from "../../config/context.ts";
import { clientSecretOf, tokenStoreOf, signInOf } from "./person.ts";
import type { SourceContext } from "../credentials.ts";
import { withSourceContext } from "../source-context.ts";

export interface LogoutDone extends Revocation {
  source: string;
  issuer: string;
  subject: string;
  /** When what could not be revoked ends by itself; null where that is not known. Epoch milliseconds. */
  expiresAt: number | null;
}

async function endSignIn(
  source: SourceConfig,
  record: SignInRecord,
  context: SourceContext,
): Promise<LogoutDone> {
  const { name, url = "" } = source;
  const { revokeSignIn } = await import("./login/person-grant.ts");
  const key = tokenKeyOf(record);
  const tokenStore = tokenStoreOf(context);
  const kept = key === null ? null : await tokenStore.get(key);
  const ended = await revokeSignIn(record, tokenStore, {
    name,
    url,
    whyInsecure: (address) => insecureBecause(address, context.allowInsecureHosts),
    clientSecret: () => clientSecretOf(source, context),
  });
  openSignInRecords(context.signIns ?? "").forget(name, originOf(source));
  const { issuer, person } = record;
  const expiresAt = kept?.expiresAt ?? null;
  return { source: name, issuer, subject: person?.subject ?? "", expiresAt, ...ended };
}

/** Null where nobody was signed in. What is kept is gone in any case. */
export async function logOut(
  context: CommandContext,
  source: SourceConfig,
): Promise<LogoutDone | null> {
  return withSourceContext(context, async (sources) => {
    const record = signInOf(source, sources);
    if (record !== null) return endSignIn(source, record, sources);
    // A pin without a sign-in, of one that was begun and not finished.
    openSignInRecords(sources.signIns ?? "").forget(source.name, originOf(source));
    return null;
  });
}
