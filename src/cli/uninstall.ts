// `sitrep uninstall`.

import { relative } from "node:path";
import { projectOf } from "../wiring/cli-world.ts";
import type { CliWorld } from "../wiring/cli-world.ts";
import { stopMonitor } from "../wiring/monitor-control.ts";
import { filesToUninstall, uninstallFiles, uninstallSettings } from "../wiring/uninstaller.ts";
import type { Uninstalled } from "../wiring/uninstaller.ts";
import { confirm, print, printJson, remark } from "./terminal.ts";

export interface UninstallOptions {
  project?: string;
  yes?: boolean;
  json?: boolean;
}

const howWords = {
  restored: "has the bytes from before again",
  removed: "was made by Sitrep and is removed",
  cut: "was changed since; only Sitrep's entries are cut out",
  nothing: "had no entries of Sitrep",
  failed: "is left as it is",
};

function reportUninstalled(world: CliWorld, done: readonly Uninstalled[], isLast: boolean): void {
  for (const { file, how } of done) print(`${file} ${howWords[how]}.`);
  if (done.length === 0) print("No settings file has entries of Sitrep.");
  if (!isLast) return print("Other projects still use Sitrep; its files stay.");
  print("The monitor is stopped; gates and built files are removed.");
  print(`Your tasks, the cache and the logs stay in ${world.folders.state}.`);
}

export async function runUninstall(world: CliWorld, options: UninstallOptions): Promise<void> {
  const project = projectOf(world, options.project);
  const files = filesToUninstall(world, project);
  const isOwn = (file: string): boolean => !relative(project.worktree, file).startsWith("..");
  const chosen = options.project === undefined ? files : files.filter(isOwn);
  if (options.yes !== true && chosen.length > 0) {
    for (const file of chosen) remark(file);
    if (!(await confirm("Take Sitrep's entries out of these?", true))) {
      return remark("Nothing was changed.");
    }
  }
  const done = uninstallSettings(world, chosen);
  const isLast = chosen.length === files.length;
  if (isLast) {
    await stopMonitor(world);
    uninstallFiles(world);
  }
  if (options.json === true) {
    printJson({ settings: done.map(({ file, how }) => ({ file, how })), filesRemoved: isLast });
  } else reportUninstalled(world, done, isLast);
  const failure = done.find(({ error }) => error !== null)?.error;
  if (failure != null) throw failure;
}
