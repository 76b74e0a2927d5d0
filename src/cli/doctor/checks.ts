// The checks of `doctor`, ordered so that each comes after those it depends on. They change nothing.

import { existsSync } from "node:fs";
import { loadOwnConfig } from "../../config/command-config.ts";
import type { CommandContext } from "../../config/context.ts";
import type { Located } from "../../git/repository.ts";
import { requireCheckedTls } from "../../http/checked-tls.ts";
import { checkClaudeCode, checkEntries, checkPlugin, entriesFix } from "./claude-code.ts";
import { editing } from "./fix-commands.ts";
import { manualFix, runCheck, ok, warning, type Check, type Finding, type Fix } from "./finding.ts";
import {
  checkAddon,
  checkCache,
  checkFiles,
  checkHooks,
  checkMonitor,
  checkStore,
  storeFix,
} from "./local-state.ts";
import {
  checkDisk,
  checkFolders,
  checkGit,
  checkRepository,
  checkState,
  faultFix,
  repositoryFix,
} from "./machine.ts";
import { checkPrograms, checkSecrets, checkSources, checksText } from "./sources.ts";
import { createDoctorContext, type DoctorContext } from "./doctor-context.ts";

interface Row {
  name: string;
  look: (doctor: DoctorContext) => Finding | Promise<Finding>;
  /** The fix to suggest when `look` throws; the default is `faultFix`. */
  fix?: (doctor: DoctorContext, error: unknown) => Fix;
  /** True for a check that needs the configuration: it is skipped when that cannot be read. */
  isConfigured?: true;
}

const install = ({ commands, installation }: DoctorContext): Fix => commands.install(installation);

function checkCertificates({ context }: DoctorContext): Finding {
  requireCheckedTls(context.env);
  return ok("checked");
}

function checkSwitches({ context, project, commands, off: [off] }: DoctorContext): Finding {
  if (off === undefined) return ok("on");
  const fixes = {
    everywhere: manualFix(commands.sitrep("on")),
    project: manualFix(commands.sitrep("on", "--project", project.project)),
    variable: manualFix("unset SITREP_OFF"),
    setting: editing(context.configFile),
  };
  return warning(off.text, fixes[off.kind]);
}

const beforeSources: readonly Row[] = [
  { name: "Node", look: () => ok(process.versions.node) },
  { name: "switches", look: checkSwitches, isConfigured: true },
  {
    name: "certificates",
    look: checkCertificates,
    fix: () => manualFix("unset NODE_TLS_REJECT_UNAUTHORIZED"),
  },
  { name: "git", look: checkGit, fix: install },
  { name: "repository", look: checkRepository, fix: repositoryFix },
  { name: "disk", look: checkDisk },
  { name: "state folder", look: checkState },
  { name: "installed files", look: checkFiles, fix: install },
  { name: "addon", look: checkAddon, fix: install },
  { name: "cache", look: checkCache },
  { name: "task store", look: checkStore, fix: storeFix },
];

const afterSources: readonly Row[] = [
  { name: "programs", look: checkPrograms, isConfigured: true },
  { name: "words", look: checksText, isConfigured: true },
  { name: "secrets", look: checkSecrets, isConfigured: true },
  { name: "settings", look: checkEntries, fix: entriesFix, isConfigured: true },
  { name: "plugin", look: checkPlugin, fix: install },
  { name: "Claude Code", look: checkClaudeCode },
  { name: "monitor", look: checkMonitor },
  { name: "hooks", look: checkHooks, fix: install },
];

export async function runChecks(context: CommandContext, project: Located): Promise<Check[]> {
  const anyFault = (error: unknown): Fix => faultFix(context, error);
  const folders = await runCheck("folders", () => checkFolders(context), anyFault);
  // Other users could have written these files, and they name programs to run: read none of them.
  if (folders.state === "failed") return [folders];
  const configuration = await runCheck(
    "configuration",
    () => {
      loadOwnConfig(context);
      return ok(existsSync(context.configFile) ? context.configFile : "defaults");
    },
    () => editing(context.configFile),
  );
  const isConfigured = configuration.state === "ok";
  const doctor = createDoctorContext(context, project, isConfigured);
  const run = ({ name, look, fix, isConfigured: isNeeded }: Row): Promise<Check> =>
    isNeeded === true && !isConfigured
      ? runCheck(name, () => ok('skipped: see the "configuration" check'), anyFault)
      : runCheck(
          name,
          () => look(doctor),
          (error) => fix?.(doctor, error) ?? faultFix(context, error),
        );
  return [
    folders,
    configuration,
    ...(await Promise.all(beforeSources.map(run))),
    ...(isConfigured ? await checkSources(doctor) : []),
    ...(await Promise.all(afterSources.map(run))),
  ];
}
