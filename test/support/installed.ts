// Makes a project with an installation, for tests that start from one. Calls the installer's own parts on the files of
// one install that the built command has made for all tests. test/e2e/scopes.test.ts tests that command itself.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { loadOwnConfig, openCliCache } from "../../src/config/command-config.ts";
import { createCommandContext, loadInstallation, locateProject } from "../../src/config/context.ts";
import { applySettings, installFiles } from "../../src/install/installer.ts";
import { planSettings } from "../../src/install/settings-plan.ts";
import { monitorBundle, monitorFlags, monitorVariables } from "../../src/monitor/launch.ts";
import { refreshProject } from "../../src/sources/local-tasks.ts";
import { builtFolder } from "./built.ts";
import { monitorOf, prepareInstallation } from "./installation.ts";
import type { TestInstallation } from "./installation.ts";
import { onceInRun } from "./once-in-run.ts";

/** Returns the data folder of an install by the built command: the built files and V8's code cache for them. */
const installedData = (): string =>
  onceInRun("installed", (folder) => {
    const { ok, sitrepHome } = prepareInstallation();
    ok("install", "--yes", "--no-monitor");
    cpSync(join(sitrepHome, "data", "versions"), folder, { recursive: true });
  });

/** Starts the monitor as a hook does. The test's own process might not collect a child's exit code in time. */
async function launch({ env, project, state }: TestInstallation): Promise<void> {
  const installed = loadInstallation(createCommandContext(env, project.folder));
  if (installed === null) throw new Error("nothing is installed");
  const { node, folder } = installed;
  const command = [node, ...monitorFlags, join(folder, monitorBundle), "monitor", "--state", state];
  const shell = spawn("/bin/sh", ["-c", '"$@" &', "sh", ...command], {
    cwd: "/",
    detached: true,
    stdio: "ignore",
    env: { ...installed.env, ...monitorVariables },
  });
  await once(shell, "close");
}

/** Makes an installed project. `monitor: false`: does not start the monitor. */
export async function install({ monitor = true } = {}): Promise<TestInstallation> {
  const installation = prepareInstallation();
  const context = createCommandContext(installation.env, installation.project.folder);
  const project = locateProject(context, undefined);
  const versions = join(context.folders.data, "versions");
  mkdirSync(context.folders.data, { recursive: true, mode: 0o700 });
  cpSync(installedData(), versions, { recursive: true });
  installFiles(context, project, builtFolder);
  openCliCache(context, loadOwnConfig(context)).close();
  await applySettings(context, project, "local", planSettings(context, project, "local", {}));
  await refreshProject(context, { path: project.project, name: project.projectName });
  if (monitor) {
    await launch(installation);
    await monitorOf(installation);
  }
  return installation;
}
