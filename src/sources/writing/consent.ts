// The sources to which a person has allowed writes, each for one project. Only `sitrep source allow-writes` grants this, not a
// configuration, environment or repository. If a source's settings change, it needs consent again.

import { createHash } from "node:crypto";
import type { StateFiles } from "../../config/folders.ts";
import type { SourceConfig } from "../../config/source-config.ts";
import { SitrepError } from "../../core/errors.ts";
import {
  parseObject,
  readItems,
  readNumber,
  readObject,
  readString,
  type JsonObject,
} from "../../core/read.ts";
import { readSmallFile } from "../../state/files/read-small-file.ts";
import { replaceFile } from "../../state/files/replace-file.ts";

const largest = 1024 * 1024;

/** `changed`: the source had other settings when it was allowed. */
export type Consent = "allowed" | "changed" | "none";

type ConsentFiles = Pick<StateFiles, "writeConsent">;

/** The permission for the monitor to set the status of tasks from git. Instants are epoch milliseconds. */
export interface Automation {
  /** Commits from before change nothing. */
  since: number;
  /** Until then the monitor only says what it would change. */
  dryUntil: number;
}

/** Settings whose changes do not affect consent. */
const incidental = new Set([
  "enabled",
  "fallback",
  "projects",
  "timeoutSeconds",
  "retries",
  "maxResponseMiB",
]);

/** A hash of the settings that consent depends on. */
function identityOf(config: SourceConfig): string {
  const fields = Object.entries(config)
    .filter(([name]) => !incidental.has(name))
    .toSorted(([one], [other]) => (one < other ? -1 : 1));
  return createHash("sha256").update(JSON.stringify(fields)).digest("hex");
}

const isOf = (one: JsonObject, project: string, source: string): boolean =>
  one["project"] === project && one["source"] === source;

const readAll = ({ writeConsent }: ConsentFiles): JsonObject[] =>
  readItems(parseObject(readSmallFile(writeConsent, largest))?.["allowed"], readObject);

/** The saved consent that is valid for the source; undefined for none. */
function savedFor(
  files: ConsentFiles,
  project: string,
  config: SourceConfig,
): JsonObject | undefined {
  const found = readAll(files).find((one) => isOf(one, project, config.name));
  return readString(found?.["identity"]) === identityOf(config) ? found : undefined;
}

/** Null if automation was not enabled, or the source's settings have changed since. */
export function automationFor(
  files: ConsentFiles,
  project: string,
  config: SourceConfig,
): Automation | null {
  const own = readObject(savedFor(files, project, config)?.["automation"]);
  const [since, dryUntil] = [readNumber(own?.["since"]), readNumber(own?.["dryUntil"])];
  return since === undefined || dryUntil === undefined ? null : { since, dryUntil };
}

/** `project`: the real path of its main working tree. The embedded store needs no consent. */
export function consentFor(files: ConsentFiles, project: string, config: SourceConfig): Consent {
  if (config.type === "embedded") return "allowed";
  const found = readAll(files).find((one) => isOf(one, project, config.name));
  if (found === undefined) return "none";
  return readString(found["identity"]) === identityOf(config) ? "allowed" : "changed";
}

const save = ({ writeConsent }: ConsentFiles, allowed: readonly object[]): void =>
  replaceFile(writeConsent, `${JSON.stringify({ allowed }, null, 2)}\n`, { mode: 0o600 });

/** Called when a source is removed, so that a new one of its name needs consent again. Throws the system's error. */
export function forgetConsent(files: ConsentFiles, name: string): void {
  const all = readAll(files);
  const others = all.filter(({ source }) => source !== name);
  if (others.length < all.length) save(files, others);
}

/** Throws the system's error. */
export function setConsent(
  files: ConsentFiles,
  project: string,
  config: SourceConfig,
  isAllowed: boolean,
  automation: Automation | null = null,
): void {
  const others = readAll(files).filter((one) => !isOf(one, project, config.name));
  const identity = identityOf(config);
  const at = new Date().toISOString();
  const own = { project, source: config.name, identity, at, ...(automation && { automation }) };
  save(files, isAllowed ? [...others, own] : others);
}

export const allowCommand = (name: string): string => `sitrep source allow-writes ${name}`;

/** Throws `write-not-allowed`, with the command that a person can run. */
export function requireConsent(files: ConsentFiles, project: string, config: SourceConfig): void {
  const consent = consentFor(files, project, config);
  if (consent === "allowed") return;
  const why = consent === "changed" ? " since its settings changed" : "";
  throw new SitrepError(
    "write-not-allowed",
    `${config.name} may not be written from this project${why}. Nothing was sent.`,
    { hint: `A person can allow it, in a terminal of their own: ${allowCommand(config.name)}` },
  );
}
