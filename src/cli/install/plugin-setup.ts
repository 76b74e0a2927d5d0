// Runs at the first session after the plugin's install or update: node plugin-setup.cjs ROOT DATA BUILD.

import { join } from "node:path";
import { loadOwnConfig, openCliCache } from "../../config/command-config.ts";
import {
  createCommandContext,
  locateProject,
  requireSupportedNode,
  workingFolder,
} from "../../config/context.ts";
import type { CommandContext } from "../../config/context.ts";
import type { Installation } from "../../config/installation.ts";
import { installedVersions } from "../../config/plugin.ts";
import { codeOf } from "../../core/errors.ts";
import { parseObject, readString } from "../../core/read.ts";
import { appendFailure } from "../../hooks/failure-log.ts";
import { makeCodeCaches } from "../../install/hook-run.ts";
import { installFiles } from "../../install/installer.ts";
import { shellQuote } from "../../install/hook-entries.ts";
import { startMonitor, stopMonitor } from "../../monitor/monitor-control.ts";
import { refreshProject } from "../../sources/local-tasks.ts";
import { readSmallFile } from "../../state/files/read-small-file.ts";
import { requireOwnFolders } from "../../state/files/own-folder.ts";
import { symlinkOutside } from "../../state/files/real-path.ts";
import { replaceFile } from "../../state/files/replace-file.ts";

/** Puts built files and gates in the plugin's data folder, which Claude Code removes with the plugin. */
function contextIn(data: string): CommandContext {
  const context = createCommandContext(process.env, workingFolder());
  return {
    ...context,
    folders: { ...context.folders, data },
    files: { ...context.files, gates: join(data, "gates") },
  };
}

/** Writes the file that tells `start.sh` that the set-up is done. */
function writeMade(context: CommandContext, data: string, made: string, own: Installation): void {
  const { node, folder } = own;
  const values = { made, node, folder, record: context.files.installation };
  const lines = Object.entries(values).map(
    ([name, value]) => `sitrep_${name}=${shellQuote(value)}`,
  );
  replaceFile(join(data, "made.sh"), `${lines.join("\n")}\n`, { mode: 0o600 });
}

async function setUp(root: string, data: string, build: string): Promise<void> {
  const context = contextIn(data);
  // Like an install, refuse folders that others can write to.
  requireOwnFolders(createCommandContext(process.env, "/").folders);
  // A session that began before an update, or before the plugin was removed, still runs the old hooks.
  const versions = installedVersions(data);
  const own = parseObject(readSmallFile(join(root, ".claude-plugin/plugin.json"), 4096) ?? "");
  if (versions !== null && !versions.includes(readString(own?.["version"]) ?? "")) return;
  const project = locateProject(context, process.env["CLAUDE_PROJECT_DIR"]);
  // A project's settings can set the variables for these folders to point into it; this set-up serves every project.
  const { state, config } = context.folders;
  if ([state, config].some((folder) => symlinkOutside(project.worktree, folder) === null)) return;
  const { installation, isRecorded } = installFiles(context, project, join(root, "build"), data);
  openCliCache(context, loadOwnConfig(context)).close();
  await refreshProject(context, { path: project.project, name: project.projectName });
  await makeCodeCaches(context, installation, project);
  writeMade(context, data, build, installation);
  if (isRecorded) await stopMonitor(context);
  await startMonitor(context);
}

async function main(): Promise<void> {
  const [, , root = "", data = "", build = ""] = process.argv;
  try {
    requireSupportedNode();
    await setUp(root, data, build);
  } catch (error) {
    const { hookFailures } = createCommandContext(process.env, "/").files;
    // Write nothing to a folder that others can write to; the commands report it.
    if (codeOf(error) !== "folder-unsafe")
      appendFailure(hookFailures, { at: Date.now(), event: "SessionStart", code: codeOf(error) });
  }
}

void main();
