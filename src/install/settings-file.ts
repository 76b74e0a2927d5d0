// Changes a settings file safely: strict about what is there, compared again just before the change, and with a record
// from which the very bytes from before come back.

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
import { parseObject, readString } from "../core/read.ts";
import { replaceFile } from "../state/files/replace-file.ts";
import { scopes, type Scope } from "./entries.ts";

const largestSettings = 8 * 1024 * 1024;

export interface SettingsFile {
  /** As named by the user. */
  file: string;
  /** Where a link leads; what is written. */
  target: string;
  /** Null: there is no file. */
  bytes: Buffer | null;
  text: string | null;
}

function unusable(file: string, what: string): SitrepError {
  return new SitrepError("settings-unexpected", `${file} ${what}.`, {
    hint: "Nothing was changed.",
  });
}

const mostLinks = 20;

/** Where a chain of links leads, also when there is no file at its end yet. */
function targetOf(file: string): string {
  let target = file;
  for (let links = 0; links < mostLinks; links += 1) {
    if (!(lstatSync(target, { throwIfNoEntry: false })?.isSymbolicLink() ?? false)) return target;
    target = resolve(dirname(target), readlinkSync(target));
  }
  throw unusable(file, "is a link that leads nowhere");
}

/** Reads a settings file. Throws `settings-unexpected` for what is no regular UTF-8 file of a sane size. */
export function readSettingsFile(file: string): SettingsFile {
  const target = existsSync(file) ? realpathSync(file) : targetOf(file);
  const stats = statSync(target, { throwIfNoEntry: false });
  if (stats === undefined) return { file, target, bytes: null, text: null };
  if (!stats.isFile()) throw unusable(file, "is no regular file");
  if (stats.size > largestSettings) throw unusable(file, "is larger than 8 MiB");
  const bytes = readFileSync(target);
  const text = bytes.toString("utf8");
  if (!Buffer.from(text, "utf8").equals(bytes)) throw unusable(file, "is not UTF-8 text");
  return { file, target, bytes, text };
}

/** What an install did to a file, kept to undo it. */
export interface SettingsRecord {
  file: string;
  /** Where a link led then; null where that was not noted. */
  target: string | null;
  /** Null: there was no file. */
  before: Buffer | null;
  /** SHA-256 of what was written. */
  afterHash: string;
  /** The folder that was made for it, or null. */
  madeFolder: string | null;
  /** The exclude file to which a line was added, or null. */
  excludedIn: string | null;
  /** True when the permission rule in it is ours: a person's own stays. */
  hasOurRule: boolean;
  /** Of the install that wrote it; null where that was not noted. */
  scope: Scope | null;
}

export const hashOf = (bytes: string | Uint8Array): string =>
  createHash("sha256").update(bytes).digest("hex");

export const recordFile = (folder: string, file: string): string =>
  join(folder, `${hashOf(file).slice(0, 16)}.json`);

export function readRecord(folder: string, file: string): SettingsRecord | null {
  const path = recordFile(folder, file);
  const from = existsSync(path) ? parseObject(readFileSync(path, "utf8")) : null;
  const afterHash = readString(from?.["afterHash"]);
  if (from === null || afterHash === undefined) return null;
  const before = readString(from["before"]);
  return {
    file,
    target: readString(from["target"]) ?? null,
    before: before === undefined ? null : Buffer.from(before, "base64"),
    afterHash,
    madeFolder: readString(from["madeFolder"]) ?? null,
    excludedIn: readString(from["excludedIn"]) ?? null,
    hasOurRule: from["hasOurRule"] === true,
    scope: scopes.find((scope) => scope === from["scope"]) ?? null,
  };
}

/** The settings files that were changed and not changed back. */
export function recordedFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((name) => {
    const file = readString(parseObject(readFileSync(join(folder, name), "utf8"))?.["file"]);
    return file === undefined ? [] : [file];
  });
}

export function writeRecord(folder: string, record: SettingsRecord): void {
  const value = { ...record, before: record.before?.toString("base64") ?? null };
  replaceFile(recordFile(folder, record.file), `${JSON.stringify(value, null, 2)}\n`, {
    mode: 0o600,
  });
}

export function removeRecord(folder: string, file: string): void {
  rmSync(recordFile(folder, file), { force: true });
}

/** Writes a planned text in place of what was read. Throws `settings-changed` or `settings-unwritable`. */
export function writeSettings(settings: SettingsFile, text: string | Uint8Array): void {
  try {
    mkdirSync(dirname(settings.target), { recursive: true });
    // A rename needs no right to write the file itself; a file that was made read-only is to stay as it is.
    if (existsSync(settings.target)) accessSync(settings.target, constants.W_OK);
    replaceFile(settings.target, text, { mode: 0o644, expected: settings.bytes });
  } catch (cause) {
    if (cause instanceof SitrepError) throw cause;
    throw new SitrepError("settings-unwritable", `${settings.file} cannot be written.`, {
      hint: "Check who owns the file and its folder; nothing was changed.",
      cause,
    });
  }
}

/** Removes a file that an install made, and the folder made for it if that is empty. */
export function removeSettings(settings: SettingsFile, madeFolder: string | null): void {
  rmSync(settings.target, { force: true });
  if (madeFolder !== null) removeIfEmpty(madeFolder);
}

export function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // It holds files of others, or it is gone.
  }
}
