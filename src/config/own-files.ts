// Which files in Sitrep's folders are Sitrep's. By their names alone: whatever else somebody has put there is theirs.

import { existsSync, lstatSync, readdirSync, type Dirent } from "node:fs";
import { join } from "node:path";
import { configFile, type Folders } from "./folders.ts";
import { loadConfig } from "./config-file.ts";

export interface OwnFiles {
  /** Files and folders to remove whole. */
  readonly ours: readonly string[];
  /** Folders to remove if nothing is left in them, the inner ones first. */
  readonly folders: readonly string[];
  /** What is somebody else's. */
  readonly others: readonly string[];
}

const database = "(?:-wal|-shm|-journal)?";
const stateFile = new RegExp(
  `^(?:(?:cache|tasks|limits|library-cache)\\.db${database}|(?:monitor|install)\\.lock${database}|` +
    "(?:installation|kept-sources|projects-off)\\.json|(?:handoff\\.)?off)$",
);
/** What has been written halfway by a process that was killed. */
const draft = /^\..+\.\d+-[0-9a-z]+-\d+\.draft$/;
const hashed = /^[a-z0-9][a-z0-9._-]*-[0-9a-f]{16}\.json$/;
const scratch = /^warm-\w{6}$/;

/** The folders in the state folder, each with the names that we give to files in it. */
const stateFolders: Readonly<Record<string, RegExp>> = {
  gates: /\.sh$/,
  logs: /\.log(?:\.\d)?$/,
  settings: /^[0-9a-f]{16}\.json$/,
  allowed: /^[0-9a-f]{64}\.json$/,
  secrets: hashed,
  "server-keys": /^[0-9a-f]{16}(\.\d+)?\.json$/,
  tokens: new RegExp(`^[0-9a-f]{32}\\.(?:json|lock${database})$`),
  "sign-ins": hashed,
  quarantine: new RegExp(`^cache\\.db${database}$`),
};

/** Whatever lies in them is ours: signs of sessions, and copies of repositories' settings. */
const wholeFolders = ["live", "git"];

interface Found {
  ours: string[];
  folders: string[];
  others: string[];
}

const entriesOf = (folder: string): Dirent[] =>
  existsSync(folder) ? readdirSync(folder, { withFileTypes: true }) : [];

function lookInto(folder: string, isOurs: (name: string) => boolean, found: Found): void {
  for (const one of entriesOf(folder)) {
    const isIn = one.isFile() && (isOurs(one.name) || draft.test(one.name));
    (isIn ? found.ours : found.others).push(join(folder, one.name));
  }
  found.folders.push(folder);
}

function lookAtState(state: string, found: Found): void {
  for (const one of entriesOf(state)) {
    const { name } = one;
    const path = join(state, name);
    const isFolder = one.isDirectory();
    const names = Object.hasOwn(stateFolders, name) ? stateFolders[name] : undefined;
    if (isFolder && names !== undefined) lookInto(path, (file) => names.test(file), found);
    else if (
      isFolder
        ? wholeFolders.includes(name) || scratch.test(name)
        : one.isFile() && isStateFile(name)
    ) {
      found.ours.push(path);
    } else found.others.push(path);
  }
}

const isStateFile = (name: string): boolean => stateFile.test(name) || draft.test(name);

/** A `config.json` that is none of ours has other settings. */
function isOurConfig(file: string): boolean {
  try {
    loadConfig(file, {});
    return lstatSync(file).isFile();
  } catch {
    return false;
  }
}

/** Looks, and changes nothing. A link to a folder is somebody's own arrangement: it is not followed. */
export function findOwnFiles({ config, state, data }: Folders): OwnFiles {
  const found: Found = { ours: [], folders: [], others: [] };
  lookAtState(state, found);
  for (const one of entriesOf(data)) {
    const isOurs = one.isDirectory() && ["versions", "node", "bin"].includes(one.name);
    (isOurs ? found.ours : found.others).push(join(data, one.name));
  }
  const own = configFile(config);
  for (const { name } of entriesOf(config)) {
    const path = join(config, name);
    if (path === state || path === data) continue;
    const isOurs = path === own ? isOurConfig(own) : draft.test(name);
    (isOurs ? found.ours : found.others).push(path);
  }
  return { ...found, folders: [...found.folders, state, data, config] };
}
