// Sitrep as a plugin of the client: its data folder, which the client makes and takes away, and whether it is installed. No zod
// in here: the monitor asks at each turn.

import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { parseObject, readObject, readString } from "../core/read.ts";
import { readSmallFile } from "../state/files/read-small-file.ts";

/** The client's list of installed plugins, beside the plugins' data folders. */
const registryOf = (data: string): string => join(data, "../../installed_plugins.json");

const longestRegistry = 1024 * 1024;

/** The client names the data folder of `sitrep@market` `sitrep-market`. */
const folderNameOf = (key: string): string => key.replaceAll(/[^A-Za-z0-9_-]/g, "-");

/**
 * The versions that the client has of the plugin whose data folder this is, one a scope; none where it is not installed. Null
 * where nobody can say: a plugin for one session is in no list, nor is there one that cannot be read.
 */
export function installedVersions(data: string): string[] | null {
  if (basename(data).endsWith("-inline")) return null;
  const plugins = readObject(
    parseObject(readSmallFile(registryOf(data), longestRegistry) ?? "")?.["plugins"],
  );
  if (plugins === undefined || plugins === null) return null;
  const entries = Object.entries(plugins).flatMap(([key, value]) =>
    folderNameOf(key) === basename(data) && Array.isArray(value) ? (value as unknown[]) : [],
  );
  return entries.map((entry) => readString(readObject(entry)?.["version"]) ?? "");
}

/** False once the client has uninstalled the plugin, or its data folder is gone. */
export const isPluginInstalled = (data: string): boolean =>
  existsSync(data) && installedVersions(data)?.length !== 0;
