// A record keeps a secret together with the only origin that it may go to.

import { createHash } from "node:crypto";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { messageOf, SitrepError } from "../core/errors.ts";
import { parseObject, readString } from "../core/read.ts";
import { readOwnFile } from "../state/files/read-small-file.ts";
import { replaceFile } from "../state/files/replace-file.ts";
import type { Environment } from "./folders.ts";
import { findKeychainAddon, openKeychain, type Keychain } from "./keychain.ts";
import { secretOrigin } from "./source-address.ts";
import type { SourceConfig } from "./source-config.ts";

export interface SecretUse {
  source: string;
  origin: string;
  /** `${env:NAME}`, `${file:/path}` or `${keychain:NAME}`. */
  reference: string;
  /** True: a secret in a variable is used but not kept. */
  isPassing?: boolean | undefined;
}

export interface SecretContext {
  readonly secrets: string;
  readonly env: Environment | null;
  /** True: secrets in variables are used but not kept. */
  readonly forgetsSecrets?: boolean;
}

const pattern = /^\$\{(env|file|keychain):(.+)\}$/;

export const isReference = (value: string): boolean => pattern.test(value);

/** All references of a source: in its sign-in, its program's variables and its headers. */
export function findReferences({ auth, env, mapping }: SourceConfig): string[] {
  const headers = mapping !== undefined && "headers" in mapping ? (mapping.headers ?? {}) : {};
  const texts = [auth?.secret ?? "", ...Object.values(env), ...Object.values(headers)];
  return texts.filter(isReference);
}

function parseReference(reference: string): { kind: string; place: string } {
  const [, kind = "env", place = ""] = pattern.exec(reference) ?? [];
  return { kind, place };
}

/** The variable, file or keychain entry that a reference of this kind names; null for any other text. */
export function secretLocation(
  wanted: "env" | "file" | "keychain",
  reference: string,
): string | null {
  const { kind, place } = parseReference(reference);
  return kind === wanted && place !== "" ? place : null;
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
  const { origin, reference } = use;
  const text = JSON.stringify({ origin, reference, secret });
  replaceFile(recordFile(folder, use), text, { mode: 0o600 });
}

const missing = ({ source }: SecretUse, what: string): SitrepError =>
  new SitrepError("secret-missing", `${source}: ${what}.`, {
    hint: `sitrep source secret ${source}`,
  });

export function machineKeychain(): Keychain | null {
  const addon = findKeychainAddon(import.meta.dirname);
  return addon === null ? null : openKeychain(addon);
}

/** How long a keychain's response or failure is reused, because it is slow and may ask a person. */
const keychainMs = 300_000;
const responses = new Map<string, { ask: () => string | null; until: number }>();
const responseKey = (name: string, origin: string): string => `${name}\n${origin}`;

/** Null when there is none. Throws `keychain-failed`. */
function inKeychain(
  { source, origin }: SecretUse,
  name: string,
  keychain: () => Keychain | null,
): string | null {
  const key = responseKey(name, origin);
  const known = responses.get(key);
  if (known !== undefined && performance.now() < known.until) return known.ask();
  let ask: () => string | null;
  try {
    const secret = keychain()?.get({ name, origin }) ?? null;
    ask = () => secret;
  } catch (cause) {
    const message = `${source}: cannot read its secret. ${messageOf(cause)}`;
    const hint = `Unlock it, or keep the secret in a file with mode 0600: sitrep source secret ${source}`;
    ask = () => {
      throw new SitrepError("keychain-failed", message, { hint, cause });
    };
  }
  responses.set(key, { ask, until: performance.now() + keychainMs });
  return ask();
}

/** The monitor (`env` null) finds only secrets that were stored for this origin. Throws `secret-missing`. */
export function resolveSecret(
  folder: string,
  use: SecretUse,
  env: Environment | null,
  keychain: () => Keychain | null = machineKeychain,
): string {
  const { kind, place } = parseReference(use.reference);
  if (kind === "file") {
    const text = readOwnFile(place)?.trim();
    if (text) return text;
    throw missing(use, `there is no secret in ${place}`);
  }
  const given = kind === "env" ? env?.[place] : undefined;
  if (given) {
    if (use.isPassing !== true) keep(folder, use, given);
    return given;
  }
  // The record comes first: if the keychain does not work, the secret is only there.
  const secret =
    readRecord(folder, use) ?? (kind === "keychain" ? inKeychain(use, place, keychain) : null);
  if (secret !== null) return secret;
  const where = kind === "env" ? `${place} is not set` : `the keychain has no ${place}`;
  throw missing(use, `${where}, and no secret is stored for ${use.origin}`);
}

/** The secret of a source's sign-in, for the only origin that it may go to. Throws as `resolveSecret`. */
export function signInSecret(
  source: SourceConfig,
  { secrets, env, forgetsSecrets: isPassing }: SecretContext,
  reference: string,
): string {
  const use = { source: source.name, origin: secretOrigin(source), reference, isPassing };
  return resolveSecret(secrets, use, env);
}

type SecretPlace = { in: "keychain" } | { in: "file"; file: string };

/** Stores a secret at its reference's place; for a variable, or a keychain that fails, in a record. */
export function putSecret(
  folder: string,
  use: SecretUse,
  secret: string,
  keychain: () => Keychain | null = machineKeychain,
): SecretPlace {
  const { kind, place } = parseReference(use.reference);
  if (kind === "file") {
    // Throws for a file that others can read, so that no secret is put into it.
    readOwnFile(place);
    replaceFile(place, `${secret}\n`, { mode: 0o600 });
    return { in: "file", file: place };
  }
  const file = recordFile(folder, use);
  responses.delete(responseKey(place, use.origin));
  if (kind === "keychain" && keychain()?.set({ name: place, origin: use.origin }, secret)) {
    rmSync(file, { force: true });
    return { in: "keychain" };
  }
  keep(folder, use, secret);
  return { in: "file", file };
}

/** Forgets the secret of a use. False if it may still be in a keychain that fails. */
export function forgetSecret(
  folder: string,
  use: SecretUse,
  keychain: () => Keychain | null = machineKeychain,
): boolean {
  const file = recordFile(folder, use);
  // A keychain's secret is in a file only when the keychain did not take it.
  const isInFile = existsSync(file);
  rmSync(file, { force: true });
  const name = secretLocation("keychain", use.reference);
  if (name === null) return true;
  responses.delete(responseKey(name, use.origin));
  // Without the addon nothing was put into a keychain.
  const isForgotten = keychain()?.forget({ name, origin: use.origin }) ?? true;
  return isForgotten || isInFile;
}
