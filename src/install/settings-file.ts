// Changes a settings file safely: checks it again just before the change, and keeps a record that restores it byte for byte.

import { createHash } from "node:crypto";
import {
  accessSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  rmSync,
  rmdirSync,
  statSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { SitrepError } from "../core/errors.ts";
import { oneOf, orNull, parseObject, readBoolean, readString, shape } from "../core/read.ts";
import { replaceFile } from "../state/files/replace-file.ts";
import { settingsScopes, type Scope } from "./hook-entries.ts";

const largestSettings = 8 * 1024 * 1024;

export interface SettingsFile {
  file: string;
  target: string;
  bytes: Buffer | null;
  text: string | null;
}

function unusable(file: string, what: string): SitrepError {
  return new SitrepError("settings-unexpected", `${file} ${what}.`, {
    hint: "Nothing was changed.",
  });
}

const maxLinks = 20;

function targetOf(file: string): string {
  let target = file;
  for (let links = 0; links < maxLinks; links += 1) {
    if (!(lstatSync(target, { throwIfNoEntry: false })?.isSymbolicLink() ?? false)) return target;
    target = resolve(dirname(target), readlinkSync(target));
  }
  throw unusable(file, "has too many levels of symlinks");
}

/** Reads a settings file. Throws `settings-unexpected` for anything but a regular UTF-8 file of at most 8 MiB. */
export function readSettingsFile(file: string): SettingsFile {
  const target = existsSync(file) ? realpathSync(file) : targetOf(file);
  const stats = statSync(target, { throwIfNoEntry: false });
  if (stats === undefined) return { file, target, bytes: null, text: null };
  if (!stats.isFile()) throw unusable(file, "is not a regular file");
  if (stats.size > largestSettings) throw unusable(file, "is larger than 8 MiB");
  const bytes = readFileSync(target);
  const text = bytes.toString("utf8");
  if (!Buffer.from(text, "utf8").equals(bytes)) throw unusable(file, "is not UTF-8 text");
  return { file, target, bytes, text };
}

export interface SettingsRecord {
  file: string;
  target: string;
  before: Buffer | null;
  /** SHA-256 of what was written. */
  afterHash: string;
  madeFolder: string | null;
  excludedIn: string | null;
  /** True when the permission rule in it is ours; a person's own rule stays. */
  hasOurRule: boolean;
  scope: Scope;
}

export const sha256 = (bytes: string | Uint8Array): string =>
  createHash("sha256").update(bytes).digest("hex");

export const recordFile = (folder: string, file: string): string =>
  join(folder, `${sha256(file).slice(0, 16)}.json`);

const readStored = shape({
  target: readString,
  before: orNull(readString),
  afterHash: readString,
  madeFolder: orNull(readString),
  excludedIn: orNull(readString),
  hasOurRule: readBoolean,
  scope: oneOf(settingsScopes),
});

/** Null when there is no record, or when it cannot be read. */
export function readSettingsRecord(folder: string, file: string): SettingsRecord | null {
  const path = recordFile(folder, file);
  const stored = existsSync(path) ? readStored(parseObject(readFileSync(path, "utf8"))) : undefined;
  if (stored === undefined) return null;
  const { before } = stored;
  return { ...stored, file, before: before === null ? null : Buffer.from(before, "base64") };
}

export function recordedFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((name) => {
    const file = readString(parseObject(readFileSync(join(folder, name), "utf8"))?.["file"]);
    return file === undefined ? [] : [file];
  });
}

export function writeSettingsRecord(folder: string, record: SettingsRecord): void {
  const value = { ...record, before: record.before?.toString("base64") ?? null };
  replaceFile(recordFile(folder, record.file), `${JSON.stringify(value, null, 2)}\n`, {
    mode: 0o600,
  });
}

export function removeSettingsRecord(folder: string, file: string): void {
  rmSync(recordFile(folder, file), { force: true });
}

/** Writes a planned text over what was read. Throws `settings-changed` or `settings-unwritable`. */
export function writeSettings(settings: SettingsFile, text: string | Uint8Array): void {
  try {
    mkdirSync(dirname(settings.target), { recursive: true });
    // A rename does not need write permission for the file itself, but a read-only file must not change.
    if (existsSync(settings.target)) accessSync(settings.target, constants.W_OK);
    replaceFile(settings.target, text, { mode: 0o644, expected: settings.bytes });
  } catch (cause) {
    if (cause instanceof SitrepError) throw cause;
    throw new SitrepError("settings-unwritable", `${settings.file} cannot be written.`, {
      hint: "Nothing was changed. Check who owns the file and its folder.",
      cause,
    });
  }
}

/** Removes a file that an install created, and the folder created for it if it is empty. */
export function removeSettings(settings: SettingsFile, madeFolder: string | null): void {
  rmSync(settings.target, { force: true });
  if (madeFolder !== null) removeIfEmpty(madeFolder);
}

export function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {}
}
