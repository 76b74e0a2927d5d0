// Sitrep as a plugin of the client: its data folder, which the client makes and takes away, and whether it is installed. No zod
// in here: the monitor asks at each turn.

import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { parseObject, readObject, readString } from "../core/read.ts";
import { readSmallFile } from "../state/files/read-small-file.ts";

/** The client's list of installed plugins, in the folder that has the plugins' data folders too. */
const registryIn = (plugins: string): string => join(plugins, "installed_plugins.json");
const pluginsOf = (data: string): string => join(data, "../..");

const longestRegistry = 1024 * 1024;

/** The client names the data folder of `sitrep@market` `sitrep-market`. */
const folderNameOf = (key: string): string => key.replaceAll(/[^A-Za-z0-9_-]/g, "-");

/** A plugin as the client has installed it at one scope. */
export interface PluginEntry {
  /** `sitrep@market`. */
  key: string;
  version: string;
  /** The folder with its files; empty where that is not said. */
  root: string;
  /** Its data folder. */
  data: string;
}

/** Every plugin in the client's folder of plugins; null where the list cannot be read. */
export function pluginEntries(plugins: string): PluginEntry[] | null {
  const list = readObject(
    parseObject(readSmallFile(registryIn(plugins), longestRegistry) ?? "")?.["plugins"],
  );
  if (list === undefined || list === null) return null;
  return Object.entries(list).flatMap(([key, value]) =>
    (Array.isArray(value) ? (value as unknown[]) : []).map((entry) => ({
      key,
      version: readString(readObject(entry)?.["version"]) ?? "",
      root: readString(readObject(entry)?.["installPath"]) ?? "",
      data: join(plugins, "data", folderNameOf(key)),
    })),
  );
}

/** Those whose data folder this is; null where nobody can say: a plugin for one session is in no list. */
const entriesOf = (data: string): PluginEntry[] | null =>
  basename(data).endsWith("-inline")
    ? null
    : (pluginEntries(pluginsOf(data))?.filter((one) => basename(one.data) === basename(data)) ??
      null);

/** The versions that the client has of the plugin whose data folder this is, one a scope; none where it is not installed. Null where nobody can say. */
export const installedVersions = (data: string): string[] | null =>
  entriesOf(data)?.map(({ version }) => version) ?? null;

/** False once the client has uninstalled the plugin, or its data folder is gone. */
export const isPluginInstalled = (data: string): boolean =>
  existsSync(data) && installedVersions(data)?.length !== 0;

/** The plugin whose data folder this is, with its files; null where the client does not list it. */
export const installedPlugin = (data: string): PluginEntry | null =>
  entriesOf(data)?.find(({ root }) => existsSync(root)) ?? null;
