// A table of keys that another server had: who each stands for, in the names of such tables.

import { SitrepError } from "../core/errors.ts";
import {
  defined,
  parseJson,
  readNumber,
  readObject,
  readString,
  readStrings,
} from "../core/read.ts";
import { readSmallFile } from "../state/files/read-small-file.ts";
import type { KeyHolder, RateLimit } from "../store/api-keys.ts";

/** What rows have that do not say it themselves. */
export interface RowDefaults {
  user?: string;
  organization?: string;
  permission?: string[];
}

export interface KeyRow extends RowDefaults, Pick<KeyHolder, "rateLimit" | "metadata"> {
  actAs?: boolean;
  anyOrganization?: boolean;
}

const largestTable = 1024 * 1024;

/** A name for each row that no other has: the user's, with a number where there are several. */
export function uniqueName(user: string, taken: Set<string>): string {
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? user : `${user}-${number}`;
    if (taken.has(name)) continue;
    taken.add(name);
    return name;
  }
}

const isCount = (number: number | undefined): number is number =>
  number !== undefined && Number.isInteger(number) && number >= 1 && number <= 1_000_000;

/** `{"requests": 100, "window": 60}`, in seconds. */
function rateLimitOf(value: unknown, entry: string): RateLimit | null {
  if (value === undefined || value === null) return null;
  const from = readObject(value);
  const [requests, seconds] = [readNumber(from?.["requests"]), readNumber(from?.["window"] ?? 60)];
  if (isCount(requests) && isCount(seconds)) return { requests, seconds };
  throw new SitrepError("usage", `${entry}: rate_limit is {"requests": …, "window": seconds}.`);
}

/** One entry of the table: who it says that the key stands for, else who the options say. */
function rowOf(value: unknown, entry: string, usual: RowDefaults): KeyRow {
  const row = readObject(value) ?? {};
  const metadata = readObject(row["metadata"]) ?? {};
  const user = readString(row["user_id"]) ?? readString(metadata["user"]) ?? usual.user;
  const organization = readString(row["organization_id"]) ?? usual.organization;
  if (user === undefined || organization === undefined) {
    throw new SitrepError("usage", `${entry} lacks user_id or organization_id.`, {
      hint: "For rows that lack them: --user and --organization.",
    });
  }
  const permission =
    row["permissions"] === undefined ? usual.permission : readStrings(row["permissions"]);
  const notes = Object.entries(metadata).map(
    ([name, one]) => [name, typeof one === "string" ? one : JSON.stringify(one)] as const,
  );
  return {
    user,
    organization,
    ...defined({ permission }),
    actAs: row["act_as"] === true,
    anyOrganization: row["any_organization"] === true,
    rateLimit: rateLimitOf(row["rate_limit"], entry),
    metadata: Object.fromEntries(notes),
  };
}

export function rowsOf(file: string, usual: RowDefaults): [secret: string, options: KeyRow][] {
  const table = parseJson(readSmallFile(file, largestTable) ?? "");
  const entries: [string, unknown][] | null = Array.isArray(table)
    ? table.map((one: unknown) => [readString(one) ?? "", {}])
    : readObject(table) && Object.entries(readObject(table) ?? {});
  if (entries === null) {
    throw new SitrepError("usage", `${file} holds no table of keys.`, {
      hint: 'It is a JSON object: {"TOKEN": {"user_id": …, "organization_id": …, "permissions": […]}}, or a list of tokens.',
    });
  }
  return entries.map(([secret, value], index) => [
    secret,
    rowOf(value, `${file}: entry ${index + 1}`, usual),
  ]);
}
