// The installation that a monitor is of: whether it is still there, and what follows when it is not.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { StateFiles } from "../config/folders.ts";
import { readInstallation, type Installation } from "../config/installation.ts";
import { isPluginInstalled } from "../config/plugin.ts";
import { replaceFile } from "../state/files/replace-file.ts";
import { launchMonitor, monitorBundle, startable } from "./launch.ts";
import { removeLeftovers } from "./leftovers.ts";
import type { Leaving } from "./run.ts";

const longestRemovalMs = 5000;

/** The folder that this process's code came from; null when it runs from sources. */
export const ownFolder = (): string | null => {
  const folder = import.meta.dirname;
  return existsSync(join(folder, monitorBundle)) ? folder : null;
};

/** The client's plugin was all that had installed us, and it is gone. */
const hasLostPlugin = (recorded: Installation | null): boolean =>
  recorded?.plugin !== undefined && !isPluginInstalled(recorded.plugin);

/** Whether the monitor from `folder` is the one that is installed. */
export function isStillInstalled(files: StateFiles, folder: string | null): boolean {
  if (folder === null) return existsSync(files.state);
  const recorded = readInstallation(files.installation);
  if (hasLostPlugin(recorded)) return false;
  return (
    existsSync(join(folder, monitorBundle)) &&
    (recorded === null || startable(recorded).folder === folder)
  );
}

/** Leaves what is here to the installation beside the lost plugin's, else takes it away. */
function handOverToOther(files: StateFiles, { other }: Installation): void {
  if (other !== undefined && existsSync(join(other.folder, monitorBundle))) {
    const text = `${JSON.stringify(other, null, 2)}\n`;
    replaceFile(files.installation, text, { mode: 0o600 });
    return launchMonitor(other, files.state);
  }
  removeLeftovers(files);
}

/** The client takes a plugin's files away one by one and says so after that: it is waited for. */
async function pluginRemoved(recorded: Installation): Promise<void> {
  const end = performance.now() + longestRemovalMs;
  const isGoing = (): boolean =>
    recorded.plugin !== undefined && !existsSync(join(recorded.folder, monitorBundle));
  while (isGoing() && !hasLostPlugin(recorded) && performance.now() < end) await sleep(50);
}

const followed: readonly Leaving[] = ["restart", "cache-broken", "lock-lost"];

/** What a monitor that has left does for whoever comes after it: starts its successor, or takes away what a lost plugin left. */
export async function handOver(files: StateFiles, leaving: Leaving): Promise<void> {
  const installation = readInstallation(files.installation);
  if (installation === null) return;
  const isGone = leaving === "uninstalled";
  if (isGone) await pluginRemoved(installation);
  const isOtherLeft = isGone && startable(installation) !== installation;
  if (hasLostPlugin(installation)) handOverToOther(files, installation);
  else if (isOtherLeft || followed.includes(leaving)) launchMonitor(installation, files.state);
}
