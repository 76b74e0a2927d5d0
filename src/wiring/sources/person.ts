// The sign-ins of people, as sources use them: whose token goes along, and who that is.

import { createPersonTokens } from "../../auth/login/person-tokens.ts";
import type { PersonTokens } from "../../auth/login/person-tokens.ts";
import { openSignInRecords, tokenKeyOf } from "../../auth/login/sign-in-record.ts";
import type { SignInRecord } from "../../auth/login/sign-in-record.ts";
import { machineClock } from "../../auth/machine-clock.ts";
import type { TokenKeeper } from "../../auth/token-keeper-port.ts";
import { createTokenKeeper } from "../../auth/token-keeper.ts";
import type { Environment } from "../../config/folders.ts";
import { resolveSecret } from "../../config/secrets.ts";
import {
  insecureBecause,
  isForPeople,
  originOf,
  secretOriginOf,
} from "../../config/source-address.ts";
import type { PersonAuth } from "../../config/source-auth.ts";
import type { SourceConfig } from "../../config/source-config.ts";

/** What of the machine a person's sign-in needs. */
export interface PersonWorld {
  /** The environment of a command that a person typed; null in the monitor. */
  readonly env: Environment | null;
  readonly secrets: string;
  readonly tokens: string;
  readonly renewTokensBeforeMs: number;
  /** Null: as if nobody had signed in. */
  readonly signIns: string | null;
  readonly allowInsecureHosts: readonly string[];
}

/** The settings of a person's sign-in; null where there are none. */
export const personAuthOf = ({ auth }: SourceConfig): PersonAuth | null =>
  auth?.type === "login" ? auth : null;

export const keeperOf = ({ tokens, renewTokensBeforeMs }: PersonWorld): TokenKeeper =>
  createTokenKeeper({
    folder: tokens,
    clock: machineClock,
    renewBeforeMs: renewTokensBeforeMs,
  });

/** A configured secret of the client; null for a public client. Throws `secret-missing`, `secret-unsafe`. */
export function clientSecretOf(source: SourceConfig, world: PersonWorld): string | null {
  const reference = personAuthOf(source)?.secret;
  if (reference === undefined) return null;
  const use = { source: source.name, origin: secretOriginOf(source), reference };
  return resolveSecret(world.secrets, use, world.env);
}

/** Null where a source signs in by other means. */
export function personTokensOf(source: SourceConfig, world: PersonWorld): PersonTokens | null {
  const { name, url } = source;
  if (url === undefined || !isForPeople(source) || world.signIns === null) return null;
  return createPersonTokens({
    name,
    url,
    records: openSignInRecords(world.signIns),
    keeper: keeperOf(world),
    whyInsecure: (address) => insecureBecause(address, world.allowInsecureHosts),
    clientSecret: () => clientSecretOf(source, world),
    isRequired: personAuthOf(source) !== null,
  });
}

/** Null where nobody has signed in. Throws `secret-unsafe` for a record that others can read. */
export function signInOf(
  source: SourceConfig,
  { signIns }: Pick<PersonWorld, "signIns">,
): SignInRecord | null {
  if (signIns === null || !isForPeople(source)) return null;
  const record = openSignInRecords(signIns).get(source.name, originOf(source));
  return record?.person === null ? null : record;
}

/** Whose answers a source's are: of the person who is signed in; empty where there is none that can be told. */
export function subjectOf(source: SourceConfig, world: Pick<PersonWorld, "signIns">): string {
  try {
    return signInOf(source, world)?.person?.subject ?? "";
  } catch {
    // A record that others can read: the failure is said where a token is needed.
    return "";
  }
}

/** Who is signed in for a source, as it may be shown. Instants are epoch milliseconds. */
export interface SignInStatus {
  issuer: string;
  subject: string;
  /** A name for people; may be empty. */
  label: string;
  scope: string | null;
  /** When the present token ends; null where that is not known. */
  expiresAt: number | null;
  /** True where the next token needs no person. */
  isRenewed: boolean;
  /** True while the sign-in is refused: a person has to sign in again. */
  isRefused: boolean;
  signedInAt: number;
}

/** Null where nobody is signed in. */
export async function signInStatusOf(
  source: SourceConfig,
  world: PersonWorld,
): Promise<SignInStatus | null> {
  const record = signInOf(source, world);
  const key = record === null ? null : tokenKeyOf(record);
  if (record?.person === null || record === null || key === null) return null;
  const kept = await keeperOf(world).get(key);
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
