// Finds Sitrep's own files in its folders, by name. Other files belong to somebody else.

import { existsSync, lstatSync, readdirSync, type Dirent } from "node:fs";
import { join } from "node:path";
import { loadConfig } from "./config-file.ts";
import { configFile, type Folders } from "./folders.ts";

export interface OwnFiles {
  readonly ours: readonly string[];
  readonly folders: readonly string[];
  readonly others: readonly string[];
}

const database = "(?:-wal|-shm|-journal)?";
const stateFile = new RegExp(
  `^(?:(?:cache|tasks|limits|library-cache)\\.db${database}|(?:monitor|install)\\.lock${database}|` +
    "(?:installation|kept-sources|projects-off|writes)\\.json|history\\.jsonl(?:\\.\\d)?|(?:handoff\\.)?off)$",
);
/** Left by a process that was killed while it wrote. */
const draft = /^\..+\.\d+-[0-9a-z]+-\d+\.draft$/;
const hashed = /^[a-z0-9][a-z0-9._-]*-[0-9a-f]{16}\.json$/;

/** Folders in the state folder, with the names of our files in them. */
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

/** Folders whose whole content is ours. */
const wholeFolder = /^(?:live|git|warm-\w{6})$/;
const dataFolder = /^(?:versions|node|bin)$/;

const isFileOf = (one: Dirent, names: RegExp): boolean =>
  one.isFile() && (names.test(one.name) || draft.test(one.name));

const isOfState = (one: Dirent): boolean =>
  one.isDirectory() ? wholeFolder.test(one.name) : isFileOf(one, stateFile);

/** A `config.json` with settings that are not ours belongs to another program. */
function isOurConfig(file: string): boolean {
  try {
    loadConfig(file, {});
    return lstatSync(file).isFile();
  } catch {
    return false;
  }
}

const entriesOf = (folder: string): Dirent[] =>
  existsSync(folder) ? readdirSync(folder, { withFileTypes: true }) : [];

/** Changes nothing. A link to a folder is somebody's own arrangement and is not followed. */
export function findOwnFiles({ config, state, data }: Folders): OwnFiles {
  const ours: string[] = [];
  const others: string[] = [];
  const folders: string[] = [];
  const sort = (folder: string, isOurs: (one: Dirent) => boolean, skipped: string[] = []): void => {
    for (const one of entriesOf(folder)) {
      const path = join(folder, one.name);
      if (!skipped.includes(path)) (isOurs(one) ? ours : others).push(path);
    }
    folders.push(folder);
  };
  const inner: string[] = [];
  for (const one of entriesOf(state)) {
    const names = Object.hasOwn(stateFolders, one.name) ? stateFolders[one.name] : undefined;
    if (names === undefined || !one.isDirectory()) continue;
    inner.push(join(state, one.name));
    sort(join(state, one.name), (file) => isFileOf(file, names));
  }
  sort(state, isOfState, inner);
  sort(data, (one) => one.isDirectory() && dataFolder.test(one.name));
  const own = configFile(config);
  const isOfConfig = ({ name }: Dirent): boolean =>
    join(config, name) === own ? isOurConfig(own) : draft.test(name);
  sort(config, isOfConfig, [state, data]);
  return { ours, others, folders };
}
