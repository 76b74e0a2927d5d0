// Switches one project off and on: a list in the state folder, which hooks and the monitor read.

import { readProjectsOff } from "../config/installation.ts";
import { wakeMonitor } from "../state/live/lease.ts";
import { replaceFile } from "../state/files/replace-file.ts";
import type { CommandContext } from "../config/context.ts";
import { withLock } from "./settings-target.ts";

/** `project` is the real path of a main worktree. */
export function switchProject(context: CommandContext, project: string, isOff: boolean): void {
  const file = context.files.projectsOff;
  withLock(context, () => {
    const others = readProjectsOff(file).filter((one) => one !== project);
    const projects = isOff ? [...others, project] : others;
    replaceFile(file, `${JSON.stringify({ projects }, null, 2)}\n`, { mode: 0o600 });
  });
  wakeMonitor(context.files.live);
}
