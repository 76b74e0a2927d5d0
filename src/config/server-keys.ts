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

const fileOf = (folder: string, id: string): string => join(folder, `${id}.json`);

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

/** Throws `secret-unsafe` for a record that others can read. */
function allKept(folder: string): KeptKey[] {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  // The rest are drafts, which may be gone the next moment.
  const records = names.filter((name) => /^[0-9a-f]{16}\.json$/.test(name));
  return records.flatMap((name) => readKept(join(folder, name)));
}

/** Every key that is kept, of whichever store. Throws `secret-unsafe`. */
export const keptServerKeys = (folder: string): string[] => allKept(folder).map(({ key }) => key);

/** Keeps a key; `origin`: where this process serves with it, null for nowhere yet. Throws `secret-unsafe`. */
export function keepServerKey(folder: string, key: string, origin: string | null): void {
  const before = allKept(folder).find((one) => one.key === key)?.servers ?? [];
  const { pid } = process;
  const own = origin === null ? [] : [{ origin, pid, start: processStart(pid) ?? "" }];
  const text = JSON.stringify({ key, servers: [...before, ...own] });
  replaceFile(fileOf(folder, idOf(key)), text, { mode: 0o600 });
}

export const forgetServerKey = (folder: string, id: string): void =>
  rmSync(fileOf(folder, id), { force: true });

/** The key for a server of this person that listens at `address` now; null where there is none. Throws `secret-unsafe`. */
export function serverKeyFor(folder: string, address: string): string | null {
  const url = URL.parse(address.replace(/^ws/, "http"));
  if (url === null || !isLoopback(url.hostname)) return null;
  const isThere = ({ servers }: KeptKey): boolean =>
    servers.some(({ origin }) => origin === url.origin);
  return allKept(folder).find(isThere)?.key ?? null;
}
