// What `sitrep logout` does: tokens are revoked and forgotten.

import type { Revocation } from "../../auth/login/person-grant.ts";
import { openSignInRecords, tokenKeyOf } from "../../auth/login/sign-in-record.ts";
import type { SignInRecord } from "../../auth/login/sign-in-record.ts";
import { insecureBecause, originOf } from "../../config/source-address.ts";
import type { SourceConfig } from "../../config/source-config.ts";
import type { CliWorld } from "../cli-world.ts";
import { clientSecretOf, keeperOf, signInOf } from "./person.ts";
import type { SourceWorld } from "./source-sign-in.ts";
import { withSourceWorld } from "./source-world.ts";

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
  world: SourceWorld,
): Promise<LogoutDone> {
  const { name, url = "" } = source;
  const { revokeSignIn } = await import("../../auth/login/person-grant.ts");
  const key = tokenKeyOf(record);
  const keeper = keeperOf(world);
  const kept = key === null ? null : await keeper.get(key);
  const ended = await revokeSignIn(record, keeper, {
    name,
    url,
    whyInsecure: (address) => insecureBecause(address, world.allowInsecureHosts),
    clientSecret: () => clientSecretOf(source, world),
  });
  openSignInRecords(world.signIns ?? "").forget(name, originOf(source));
  const { issuer, person } = record;
  const expiresAt = kept?.expiresAt ?? null;
  return { source: name, issuer, subject: person?.subject ?? "", expiresAt, ...ended };
}

/** Null where nobody was signed in. What is kept is gone in any case. */
export async function logOut(world: CliWorld, source: SourceConfig): Promise<LogoutDone | null> {
  return withSourceWorld(world, async (sources) => {
    const record = signInOf(source, sources);
    if (record !== null) return endSignIn(source, record, sources);
    // A pin without a sign-in, of one that was begun and not finished.
    openSignInRecords(sources.signIns ?? "").forget(source.name, originOf(source));
    return null;
  });
}
