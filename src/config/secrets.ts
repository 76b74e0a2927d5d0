// Secrets of sources: where a reference points, and records that keep one together with the only origin it may go to.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { SitrepError } from "../core/errors.ts";
import { parseObject, readString } from "../core/read.ts";
import { readOwnFile } from "../state/files/read-small-file.ts";
import { replaceFile } from "../state/files/replace-file.ts";
import type { Environment } from "./folders.ts";
import { findKeychainAddon, openKeychain, type Keychain } from "./keychain.ts";
import { secretOriginOf } from "./source-address.ts";
import type { SourceConfig } from "./source-config.ts";

/** Whose secret it is, and where alone it may be sent. */
export interface SecretUse {
  source: string;
  origin: string;
  /** `${env:NAME}`, `${file:/path}` or `${keychain:NAME}`. */
  reference: string;
  /** True: a secret in a variable is used and not kept. */
  isPassing?: boolean | undefined;
}

/** Where secrets are kept and looked up. */
export interface SecretContext {
  readonly secrets: string;
  /** The environment of a command that a person typed; null in the monitor. */
  readonly env: Environment | null;
  /** True: what variables hold is used and not kept. */
  readonly forgetsSecrets?: boolean;
}

const pattern = /^\$\{(env|file|keychain):(.+)\}$/;

/** True for a text that stands for a secret. */
export const isReference = (value: string): boolean => pattern.test(value);

function parseReference(reference: string): { kind: string; place: string } {
  const [, kind = "env", place = ""] = pattern.exec(reference) ?? [];
  return { kind, place };
}

function recordFile(folder: string, { source, origin, reference }: SecretUse): string {
  const hash = createHash("sha256").update(`${origin}\n${reference}`).digest("hex").slice(0, 16);
  return join(folder, `${source}-${hash}.json`);
}

function readRecord(folder: string, use: SecretUse): string | null {
  const from = parseObject(readOwnFile(recordFile(folder, use)) ?? "");
  const isItsOwn = from?.["origin"] === use.origin && from["reference"] === use.reference;
  return isItsOwn ? (readString(from["secret"]) ?? null) : null;
}

function keep(folder: string, use: SecretUse, secret: string): void {
  if (readRecord(folder, use) === secret) return;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { origin, reference } = use;
  replaceFile(recordFile(folder, use), JSON.stringify({ origin, reference, secret }), {
    mode: 0o600,
  });
}

const missing = ({ source, origin }: SecretUse, what: string): SitrepError =>
  new SitrepError("secret-missing", `${source}: ${what}, and no secret is kept for ${origin}.`, {
    hint: `sitrep source secret ${source}`,
  });

/** A keychain takes its time, and may ask a person: what it said is good for a while. */
const keychainMs = 300_000;
const fromKeychain = new Map<string, { secret: string | null | SitrepError; until: number }>();

/** The keychain of this machine; null where there is none that we can ask. */
export function machineKeychain(): Keychain | null {
  const addon = findKeychainAddon(import.meta.dirname);
  return addon === null ? null : openKeychain(addon);
}

/** The secret, null where there is none, or the failure of the keychain. */
function askKeychain(
  { source, origin }: SecretUse,
  name: string,
  keychain: () => Keychain | null,
): string | null | SitrepError {
  try {
    return keychain()?.get({ name, origin }) ?? null;
  } catch (cause) {
    const why = cause instanceof SitrepError ? cause.message : "The keychain fails.";
    return new SitrepError("keychain-failed", `${source}: its secret is not to be had. ${why}`, {
      hint: `Unlock it, or keep the secret in a file of mode 0600: sitrep source secret ${source}`,
      cause,
    });
  }
}

/** Throws `keychain-failed`. */
function inKeychain(use: SecretUse, name: string, keychain: () => Keychain | null): string | null {
  const key = `${name}\n${use.origin}`;
  let known = fromKeychain.get(key);
  if (known === undefined || performance.now() >= known.until) {
    const secret = askKeychain(use, name, keychain);
    known = { secret, until: performance.now() + keychainMs };
    fromKeychain.set(key, known);
  }
  if (known.secret instanceof SitrepError) throw known.secret;
  return known.secret;
}

/**
 * The secret behind a reference. With the environment of a command that a person typed, a variable that is set is also
 * kept for that origin; without (`null`: the monitor) only what was kept for this very origin is found. Throws
 * `secret-missing`, `secret-unsafe` and `keychain-failed`.
 */
export function resolveSecret(
  folder: string,
  use: SecretUse,
  env: Environment | null,
  keychain: () => Keychain | null = machineKeychain,
): string {
  const { kind, place } = parseReference(use.reference);
  if (kind === "file") {
    const text = readOwnFile(place)?.trim();
    if (text !== undefined && text !== "") return text;
    throw new SitrepError("secret-missing", `${use.source}: there is no secret in ${place}.`, {
      hint: `sitrep source secret ${use.source}`,
    });
  }
  const given = kind === "env" ? env?.[place] : undefined;
  if (given !== undefined && given !== "") {
    if (use.isPassing !== true) keep(folder, use, given);
    return given;
  }
  // First, because where the keychain does not work it is the only place.
  const kept = readRecord(folder, use);
  if (kept !== null) return kept;
  if (kind === "env") throw missing(use, `${place} is not set`);
  const found = inKeychain(use, place, keychain);
  if (found !== null) return found;
  throw missing(use, `there is no ${place} for ${use.origin} in a keychain`);
}

/** The secret of a source's sign-in, for the only origin that it may go to. Throws as `resolveSecret`. */
export function signInSecret(
  source: SourceConfig,
  { secrets, env, forgetsSecrets }: SecretContext,
  reference: string,
): string {
  return resolveSecret(
    secrets,
    {
      source: source.name,
      origin: secretOriginOf(source),
      reference,
      isPassing: forgetsSecrets,
    },
    env,
  );
}

/** Where a secret was put: the keychain, or a file of mode 0600. */
export type SecretPlace = { in: "keychain" } | { in: "file"; file: string };

/** Puts the secret where its reference points; what is to be in a variable or in a keychain that fails, into a record. */
export function putSecret(
  folder: string,
  use: SecretUse,
  secret: string,
  keychain: () => Keychain | null = machineKeychain,
): SecretPlace {
  const { kind, place } = parseReference(use.reference);
  if (kind === "file") {
    // Throws for a file that others can read, rather than put a secret into it.
    readOwnFile(place);
    replaceFile(place, `${secret}\n`, { mode: 0o600 });
    return { in: "file", file: place };
  }
  const entry = { name: place, origin: use.origin };
  fromKeychain.delete(`${place}\n${use.origin}`);
  if (kind === "keychain" && keychain()?.set(entry, secret) === true) {
    rmSync(recordFile(folder, use), { force: true });
    return { in: "keychain" };
  }
  keep(folder, use, secret);
  return { in: "file", file: recordFile(folder, use) };
}

/** The variable, file or name in the keychain that a reference of this kind stands for; null for any other text. */
export function placeOf(wanted: "env" | "file" | "keychain", reference: string): string | null {
  const { kind, place } = parseReference(reference);
  return kind === wanted && place !== "" ? place : null;
}

/** Forgets what is kept for a use. False where it may still be in a keychain that fails. */
export function forgetSecret(
  folder: string,
  use: SecretUse,
  keychain: () => Keychain | null = machineKeychain,
): boolean {
  const file = recordFile(folder, use);
  // A secret is in a file only where the keychain did not take it.
  const isInFile = existsSync(file);
  rmSync(file, { force: true });
  const name = placeOf("keychain", use.reference);
  if (name === null) return true;
  fromKeychain.delete(`${name}\n${use.origin}`);
  // Without an addon nothing was put into one.
  const isForgotten = keychain()?.forget({ name, origin: use.origin }) ?? true;
  return isForgotten || isInFile;
}
