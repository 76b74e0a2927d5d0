import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { StateFiles } from "../config/folders.ts";
import { readInstallation, type Installation } from "../config/installation.ts";
import { isPluginInstalled } from "../config/plugin.ts";
import { replaceFile } from "../state/files/replace-file.ts";
import { launchMonitor, monitorBundle, startableInstallation } from "./launch.ts";
import { removePluginState } from "./cleanup.ts";
import type { ExitReason } from "./loop.ts";

const maxRemovalMs = 5000;

/** The folder of the installed version that this process runs from; null if it runs from sources. */
export const ownFolder = (): string | null => {
  const folder = import.meta.dirname;
  return existsSync(join(folder, monitorBundle)) ? folder : null;
};

const hasLostPlugin = (recorded: Installation | null): boolean =>
  recorded?.plugin !== undefined && !isPluginInstalled(recorded.plugin);

export function isStillInstalled(files: StateFiles, folder: string | null): boolean {
  if (folder === null) return existsSync(files.state);
  const recorded = readInstallation(files.installation);
  if (hasLostPlugin(recorded)) return false;
  return (
    existsSync(join(folder, monitorBundle)) &&
    (recorded === null || startableInstallation(recorded).folder === folder)
  );
}

function handOverToOther(files: StateFiles, { other }: Installation): void {
  if (other !== undefined && existsSync(join(other.folder, monitorBundle))) {
    const text = `${JSON.stringify(other, null, 2)}\n`;
    replaceFile(files.installation, text, { mode: 0o600 });
    return launchMonitor(other, files.state);
  }
  removePluginState(files);
}

/** Waits until Claude Code has recorded a plugin's removal. It first removes the plugin's files, one by one. */
async function pluginRemoved(recorded: Installation): Promise<void> {
  const end = performance.now() + maxRemovalMs;
  const isGoing = (): boolean =>
    recorded.plugin !== undefined && !existsSync(join(recorded.folder, monitorBundle));
  while (isGoing() && !hasLostPlugin(recorded) && performance.now() < end) await sleep(50);
}

const followed: readonly ExitReason[] = ["restart", "cache-broken", "lock-lost"];

export async function handOver(files: StateFiles, leaving: ExitReason): Promise<void> {
  const installation = readInstallation(files.installation);
  if (installation === null) return;
  const isGone = leaving === "uninstalled";
  if (isGone) await pluginRemoved(installation);
  const isOtherLeft = isGone && startableInstallation(installation) !== installation;
  if (hasLostPlugin(installation)) handOverToOther(files, installation);
  else if (isOtherLeft || followed.includes(leaving)) launchMonitor(installation, files.state);
}
