// A key goes only to its server's address while that process lives (`ID.PID.json`).

import { createHash } from "node:crypto";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { isLoopback } from "../core/address.ts";
import { parseObject, readString } from "../core/read.ts";
import { readOwnFile } from "../state/files/read-small-file.ts";
import { replaceFile } from "../state/files/replace-file.ts";
import { processStart } from "./process-identity.ts";

interface KeyRecord {
  readonly key: string;
  /** The address at which the process listens; null for `ID.json`, and once the process has ended. */
  readonly origin: string | null;
}

const idOf = (key: string): string => createHash("sha256").update(key).digest("hex").slice(0, 16);

const recordName = /^([0-9a-f]{16})(?:\.(\d+))?\.json$/;

function recordsIn(folder: string, id?: string): string[] {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return names.filter((name) => {
    const found = recordName.exec(name);
    return found !== null && (id === undefined || found[1] === id);
  });
}

/** Null for a file without a key. Throws `secret-unsafe` for a record that others can read. */
function readRecord(folder: string, name: string): KeyRecord | null {
  const from = parseObject(readOwnFile(join(folder, name)));
  const key = readString(from?.["key"]);
  if (key === undefined) return null;
  const pid = recordName.exec(name)?.[2];
  const isRunning = pid !== undefined && from?.["start"] === (processStart(Number(pid)) ?? "");
  return { key, origin: isRunning ? (readString(from["origin"]) ?? null) : null };
}

const allRecords = (folder: string): KeyRecord[] =>
  recordsIn(folder).flatMap((name) => readRecord(folder, name) ?? []);

/** The kept keys of all stores. Throws `secret-unsafe`. */
export const keptServerKeys = (folder: string): string[] => [
  ...new Set(allRecords(folder).map(({ key }) => key)),
];

/** Keeps a key. `origin`: the address at which this process serves; null if it does not yet. Throws `secret-unsafe`. */
export function keepServerKey(folder: string, key: string, origin: string | null): void {
  const id = idOf(key);
  const keep = (name: string, record: object): void =>
    void replaceFile(join(folder, name), JSON.stringify(record), { mode: 0o600 });
  if (readRecord(folder, `${id}.json`) === null) keep(`${id}.json`, { key });
  if (origin === null) return;
  for (const name of recordsIn(folder, id)) {
    const isOver = name !== `${id}.json` && readRecord(folder, name)?.origin === null;
    if (isOver) rmSync(join(folder, name), { force: true });
  }
  const { pid } = process;
  keep(`${id}.${pid}.json`, { key, origin, start: processStart(pid) ?? "" });
}

export function forgetServerKey(folder: string, id: string): void {
  for (const name of recordsIn(folder, id)) rmSync(join(folder, name), { force: true });
}

/** The key of this person's server that listens at `address` now; null when there is none. Throws `secret-unsafe`. */
export function readServerKey(folder: string, address: string): string | null {
  const url = URL.parse(address.replace(/^ws/, "http"));
  if (url === null || !isLoopback(url.hostname)) return null;
  return allRecords(folder).find(({ origin }) => origin === url.origin)?.key ?? null;
}
