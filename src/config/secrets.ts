// Secrets of sources: where a reference points, and records that keep one together with the only origin it may go to.

import { createHash } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { SitrepError } from "../core/errors.ts";
import { parseObject, readString } from "../core/read.ts";
import { readOwnFile } from "../small-files/read-own-file.ts";
import { replaceFile } from "../small-files/replace-file.ts";
import type { Environment } from "./folders.ts";

/** Whose secret it is, and where alone it may be sent. */
export interface SecretUse {
  source: string;
  origin: string;
  /** `${env:NAME}` or `${file:/path}`. */
  reference: string;
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

/**
 * The secret behind a reference. With the environment of a command that a person typed, a variable that is set is also
 * kept for that origin; without (`null`: the monitor) only what was kept for this very origin is found. Throws
 * `secret-missing` and `secret-unsafe`.
 */
export function resolveSecret(folder: string, use: SecretUse, env: Environment | null): string {
  const [, kind, place = ""] = /^\$\{(env|file):(.+)\}$/.exec(use.reference) ?? [];
  if (kind === "file") {
    const text = readOwnFile(place)?.trim();
    if (text !== undefined && text !== "") return text;
    throw new SitrepError("secret-missing", `${use.source}: there is no secret in ${place}.`);
  }
  const given = env?.[place];
  if (given !== undefined && given !== "") {
    keep(folder, use, given);
    return given;
  }
  const kept = readRecord(folder, use);
  if (kept !== null) return kept;
  throw new SitrepError(
    "secret-missing",
    `${use.source}: ${place} is not set, and no secret is kept for ${use.origin}.`,
    { hint: `Set ${place} and run: sitrep source test ${use.source}` },
  );
}

/** True for a text that stands for a secret. */
export const isReference = (value: string): boolean => /^\$\{(env|file|keychain):/.test(value);

/** Forgets what is kept for a use. */
export function forgetSecret(folder: string, use: SecretUse): void {
  rmSync(recordFile(folder, use), { force: true });
}
