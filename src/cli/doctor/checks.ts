// Every check of `doctor`, in the order in which one thing needs the other. Nothing is changed.

import { existsSync } from "node:fs";
import { configOf, settingsOf } from "../../config/command-config.ts";
import { installationOf, type CommandContext } from "../../config/context.ts";
import { whatIsOff } from "../../config/off.ts";
import { projectSettings } from "../../core/hook-settings.ts";
import type { Located } from "../../git/repository.ts";
import { requireCheckedTls } from "../../http/checked-tls.ts";
import { checkClient, checkEntries, checkPlugin, firstUnreadable } from "./claude-code.ts";
import { commandsFor, type Commands } from "./commands.ts";
import { byHand, check, ok, warning, type Check, type Finding } from "./finding.ts";
import {
  checkAddon,
  checkCache,
  checkFiles,
  checkHooks,
  checkMonitor,
  checkStore,
  isWhole,
  storeFix,
} from "./installed.ts";
import {
  checkClock,
  checkDisk,
  checkFolders,
  checkGit,
  checkRepository,
  checkState,
  checkWatches,
  faultFix,
  repositoryFix,
} from "./machine.ts";
import { checkPrograms, checkSecrets, checkSources, checkWords } from "./sources.ts";

function checkSwitches(context: CommandContext, { project }: Located, commands: Commands): Finding {
  const settings = settingsOf(context, configOf(context));
  const isOffBySetting = projectSettings(settings, project).off;
  const [off] = whatIsOff(context.files, context.env, project, isOffBySetting);
  if (off === undefined) return ok("on");
  const wayOut = {
    everywhere: commands.sitrep("on"),
    project: commands.sitrep("on", "--project", project),
    variable: "unset SITREP_OFF",
    setting: commands.edit(context.configFile),
  };
  return warning(off.text, byHand(wayOut[off.kind]));
}

export async function runChecks(context: CommandContext, project: Located): Promise<Check[]> {
  const untold = (error: unknown) => byHand(faultFix(context, error));
  const folders = await check("folders", () => checkFolders(context), untold);
  // What others have put there is not even read: it names programs.
  if (folders.state === "failed") return [folders];
  const commands = commandsFor(context, project, isWhole(context));
  const toEdit = () => byHand(commands.edit(context.configFile));
  const configuration = await check(
    "configuration",
    () => {
      configOf(context);
      return ok(existsSync(context.configFile) ? context.configFile : "defaults");
    },
    toEdit,
  );
  /** What asks the configuration has nothing to go by where that cannot be understood. */
  const reading = (name: string, look: () => Finding | Promise<Finding>, fix = untold) =>
    configuration.state === "failed"
      ? check(name, () => ok("not looked at: see the configuration"), untold)
      : check(name, look, fix);
  const switches = await reading("switches", () => checkSwitches(context, project, commands));
  const install = () => commands.install(installationOf(context));
  const sources =
    configuration.state === "failed" ? [] : await checkSources(context, project, commands);
  return await Promise.all([
    check("Node", () => ok(process.versions.node), untold),
    folders,
    configuration,
    switches,
    check(
      "certificates",
      () => {
        requireCheckedTls(context.env);
        return ok("checked");
      },
      () => byHand("unset NODE_TLS_REJECT_UNAUTHORIZED"),
    ),
    check("git", () => checkGit(context, project, commands), install),
    check(
      "repository",
      () => checkRepository(context, project),
      (error) => byHand(repositoryFix(project, error)),
    ),
    check("disk", () => checkDisk(context), untold),
    check("state folder", () => checkState(context), untold),
    check("clock", () => checkClock(context, project, commands), untold),
    check("file watches", () => checkWatches(context), untold),
    check("installed files", () => checkFiles(context, commands), install),
    check("addon", () => checkAddon(context, commands), install),
    check("cache", () => checkCache(context, project, commands), untold),
    check(
      "task store",
      () => checkStore(context, project, commands),
      (error) => byHand(storeFix(context, error)),
    ),
    ...sources,
    reading("programs", () => checkPrograms(context, project, commands)),
    reading("words", () => checkWords(context, project, commands)),
    reading("secrets", () => checkSecrets(context, project)),
    reading(
      "settings",
      () => checkEntries(context, project, commands),
      () => byHand(commands.edit(firstUnreadable(context, project))),
    ),
    check("plugin", () => checkPlugin(context, project, commands), install),
    check("client", () => checkClient(context, project, commands), untold),
    check(
      "monitor",
      () => checkMonitor(context, project, commands, switches.state !== "ok"),
      untold,
    ),
    check("hooks", () => checkHooks(context, commands), install),
  ]);
}
