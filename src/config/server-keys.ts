// Keys of task servers that this person started on this machine, kept for the person's own tools. Each goes to the very
// address at which its server listens, and only while that process lives: whoever takes the port afterwards is sent
// nothing.

import { createHash } from "node:crypto";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { isLoopback } from "../core/address.ts";
import { parseObject, readItems, readNumber, readObject, readString } from "../core/read.ts";
import { readOwnFile } from "../state/files/read-small-file.ts";
import { replaceFile } from "../state/files/replace-file.ts";
import { processStart } from "./process-identity.ts";

/** A process of `sitrep serve`, as it listens. */
interface Listening {
  readonly origin: string;
  readonly pid: number;
  /** What tells it from a later process of that pid. */
  readonly start: string;
}

interface KeptKey {
  readonly key: string;
  readonly servers: readonly Listening[];
}

/** The id of a key in the store: the beginning of its SHA-256. */
const idOf = (key: string): string => createHash("sha256").update(key).digest("hex").slice(0, 16);

/** The key itself, or with it where one process listens: each writes its own, so that two at once lose nothing. */
const fileOf = (folder: string, id: string, pid?: number): string =>
  join(folder, pid === undefined ? `${id}.json` : `${id}.${pid}.json`);

const recordForm = /^([0-9a-f]{16})(?:\.\d+)?\.json$/;

const isListening = ({ pid, start }: Listening): boolean => (processStart(pid) ?? "") === start;

function listeningIn(value: unknown): Listening | null {
  const from = readObject(value);
  const [origin, start] = [readString(from?.["origin"]), readString(from?.["start"]) ?? ""];
  const pid = readNumber(from?.["pid"]);
  return origin === undefined || pid === undefined ? null : { origin, pid, start };
}

function readKept(file: string): KeptKey[] {
  const from = parseObject(readOwnFile(file) ?? "");
  const key = readString(from?.["key"]);
  const servers = readItems(from?.["servers"], listeningIn).filter(isListening);
  return key === undefined ? [] : [{ key, servers }];
}

/** The files of keys, or of one. The rest are drafts, which may be gone the next moment. */
function recordsIn(folder: string, ofId?: string): string[] {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const isRecord = (name: string): boolean => {
    const id = recordForm.exec(name)?.[1];
    return id !== undefined && (ofId === undefined || id === ofId);
  };
  return names.filter(isRecord).map((name) => join(folder, name));
}

/** Throws `secret-unsafe` for a record that others can read. */
const allKept = (folder: string): KeptKey[] => recordsIn(folder).flatMap(readKept);

/** Every key that is kept, of whichever store. Throws `secret-unsafe`. */
export const keptServerKeys = (folder: string): string[] => [
  ...new Set(allKept(folder).map(({ key }) => key)),
];

/** Keeps a key; `origin`: where this process serves with it, null for nowhere yet. Throws `secret-unsafe`. */
export function keepServerKey(folder: string, key: string, origin: string | null): void {
  const id = idOf(key);
  const record = fileOf(folder, id);
  const keep = (file: string, servers: readonly Listening[]): void =>
    void replaceFile(file, JSON.stringify({ key, servers }), { mode: 0o600 });
  if (readKept(record).length === 0) keep(record, []);
  if (origin === null) return;
  const { pid } = process;
  // What processes left that are gone.
  for (const file of recordsIn(folder, id)) {
    if (file !== record && readKept(file)[0]?.servers.length === 0) rmSync(file, { force: true });
  }
  keep(fileOf(folder, id, pid), [{ origin, pid, start: processStart(pid) ?? "" }]);
}

export function forgetServerKey(folder: string, id: string): void {
  for (const file of recordsIn(folder, id)) rmSync(file, { force: true });
}

/** The key for a server of this person that listens at `address` now; null where there is none. Throws `secret-unsafe`. */
export function serverKeyFor(folder: string, address: string): string | null {
  const url = URL.parse(address.replace(/^ws/, "http"));
  if (url === null || !isLoopback(url.hostname)) return null;
  const isThere = ({ servers }: KeptKey): boolean =>
    servers.some(({ origin }) => origin === url.origin);
  return allKept(folder).find(isThere)?.key ?? null;
}
