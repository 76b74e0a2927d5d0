// Ignored until a person has allowed exactly this content, and again once it is edited.

import { createHash } from "node:crypto";
import { lstatSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { SitrepError } from "../core/errors.ts";
import { cleanText } from "../core/quote.ts";
import { issueText, parseJson, parseObject, readObject, readString } from "../core/read.ts";
import { symlinkOutside } from "../state/files/real-path.ts";
import { readSmallFile } from "../state/files/read-small-file.ts";
import { replaceFile } from "../state/files/replace-file.ts";
import { parseFile } from "./config-file.ts";
import { projectFileName } from "./folders.ts";
import { SourceList, type SourceConfig } from "./source-config.ts";

const largest = 256 * 1024;

export interface ProjectFile {
  file: string;
  /** `changed`: another content was allowed. */
  trust: "allowed" | "denied" | "changed" | "unknown";
  /** The sources in it, allowed or not; empty when it has a mistake. */
  sources: readonly SourceConfig[];
  mistake: string | null;
  hash: string;
}

/** Only a person's settings, not a repository, may name a program that reads the repository's files. */
const isProgramOverFiles = ({ type, command }: SourceConfig): boolean =>
  type === "file" && command !== undefined;

const ProjectSettings = z.strictObject({
  sources: SourceList.refine((sources) => !sources.some(isProgramOverFiles), {
    error: 'a source of the type "file" cannot have a "command" here',
  }).default([]),
});

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const recordOf = (folder: string, file: string): string => join(folder, `${sha256(file)}.json`);

function trustOf(folder: string, file: string, hash: string): ProjectFile["trust"] {
  const record = parseObject(readSmallFile(recordOf(folder, file), largest));
  if (record?.["file"] !== file) return "unknown";
  if (readString(record["hash"]) !== hash) return "changed";
  return record["isAllowed"] === true ? "allowed" : "denied";
}

function parse(text: string): Pick<ProjectFile, "sources" | "mistake"> {
  const value = parseJson(text.replace(/^\uFEFF/, ""));
  if (value === undefined) return { sources: [], mistake: "is not JSON" };
  const { data, error } = ProjectSettings.safeParse(value);
  return { sources: data?.sources ?? [], mistake: error === undefined ? null : issueText(error) };
}

/** Null if there is none. Reads the file once, so that the checked, hashed and used text is the same. */
export function readProjectFile(project: string, allowedFolder: string): ProjectFile | null {
  const file = join(project, projectFileName);
  const refused = (mistake: string): ProjectFile => {
    return { file, trust: "unknown", sources: [], mistake, hash: "" };
  };
  const text = readSmallFile(file, largest);
  if (text === null) {
    const isMissing = lstatSync(file, { throwIfNoEntry: false }) === undefined;
    return isMissing ? null : refused("cannot be read");
  }
  const outside = symlinkOutside(project, file);
  if (outside !== null)
    return refused(`is a symlink to ${cleanText(outside, 400)}, outside the project`);
  const hash = sha256(text);
  return { file, hash, trust: trustOf(allowedFolder, file, hash), ...parse(text) };
}

export function allowedSources(project: string, allowedFolder: string): readonly SourceConfig[] {
  const found = readProjectFile(project, allowedFolder);
  return found?.trust === "allowed" ? found.sources : [];
}

const unchanged = (code: "settings-unexpected" | "config-invalid", message: string): SitrepError =>
  new SitrepError(code, message, { hint: "Nothing was changed." });

const nameOf = (source: unknown): unknown => readObject(source)?.["name"];

/** Throws `config-invalid`; `settings-unexpected` for a link, which could lead anywhere. */
export function withTeamSource(
  project: string,
  source: object,
  isFirst: boolean,
  isReplacing = false,
): { file: string; text: string } {
  const file = join(project, projectFileName);
  if (lstatSync(file, { throwIfNoEntry: false })?.isFile() === false) {
    throw unchanged("settings-unexpected", `${file} is not a regular file.`);
  }
  const before = parseFile(file);
  const all = before["sources"] ?? [];
  const isOther = (one: unknown): boolean => !isReplacing || nameOf(one) !== nameOf(source);
  const list: unknown = Array.isArray(all) ? all.filter(isOther) : all;
  const added = Array.isArray(list) ? (isFirst ? [source, ...list] : [...list, source]) : list;
  const text = `${JSON.stringify({ ...before, sources: added }, null, 2)}\n`;
  const { mistake } = parse(text);
  if (mistake !== null) throw unchanged("config-invalid", `${file}: ${mistake}`);
  return { file, text };
}

/** Allows or denies the content that was read. Throws `config-invalid` for content with a mistake. */
export function decide(found: ProjectFile, allowedFolder: string, isAllowed: boolean): void {
  const { file, hash, mistake } = found;
  if (isAllowed && mistake !== null) {
    throw new SitrepError("config-invalid", `${file}: ${mistake}`, {
      hint: "Fix it; nothing was allowed.",
    });
  }
  const record = JSON.stringify({ file, hash, isAllowed });
  replaceFile(recordOf(allowedFolder, file), record, { mode: 0o600 });
}
