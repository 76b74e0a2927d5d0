// Claude Code's plugin, whose data folder Claude Code makes and removes. Imports no zod, because the monitor reads this often.

import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { parseObject, readObject, readString } from "../core/read.ts";
import { readSmallFile } from "../state/files/read-small-file.ts";

export interface PluginEntry {
  /** `sitrep@market`. */
  key: string;
  version: string;
  /** The folder with its files; empty if the list does not name it. */
  root: string;
  data: string;
}

/** Claude Code calls the data folder of `sitrep@market` `sitrep-market`. */
const folderNameOf = (key: string): string => key.replaceAll(/[^A-Za-z0-9_-]/g, "-");

/** Every plugin that `installed_plugins.json` in Claude Code's folder of plugins lists; null when it cannot be read. */
export function pluginEntries(plugins: string): PluginEntry[] | null {
  const text = readSmallFile(join(plugins, "installed_plugins.json"), 1024 * 1024);
  const list = readObject(parseObject(text)?.["plugins"]);
  if (list === null) return null;
  return Object.entries(list).flatMap(([key, value]) =>
    (Array.isArray(value) ? (value as unknown[]) : []).map((entry) => ({
      key,
      version: readString(readObject(entry)?.["version"]) ?? "",
      root: readString(readObject(entry)?.["installPath"]) ?? "",
      data: join(plugins, "data", folderNameOf(key)),
    })),
  );
}

/** The entries with this data folder; null when unknown: a plugin for one session is in no list. */
function entriesOf(data: string): PluginEntry[] | null {
  if (basename(data).endsWith("-inline")) return null;
  const entries = pluginEntries(join(data, "../.."));
  return entries?.filter((one) => basename(one.data) === basename(data)) ?? null;
}

export const installedVersions = (data: string): string[] | null =>
  entriesOf(data)?.map(({ version }) => version) ?? null;

export const isPluginInstalled = (data: string): boolean =>
  existsSync(data) && installedVersions(data)?.length !== 0;

export const installedPlugin = (data: string): PluginEntry | null =>
  entriesOf(data)?.find(({ root }) => existsSync(root)) ?? null;
