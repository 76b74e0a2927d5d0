import { relative, sep } from "node:path";
import { loadInstallation, locateProject, type CommandContext } from "../../config/context.ts";
import { SitrepError } from "../../core/errors.ts";
import { cleanText } from "../../core/quote.ts";
import type { Located } from "../../git/repository.ts";
import type { Scope } from "../../install/hook-entries.ts";
import { planPurge, purge, type Purged, type PurgePlan } from "../../install/purge.ts";
import {
  installedFiles,
  teamFile,
  uninstallFiles,
  uninstallSettings,
  type InstalledFile,
  type Uninstalled,
} from "../../install/uninstaller.ts";
import { stopMonitor } from "../../monitor/monitor-control.ts";
import type { ProjectOptions, Run } from "../program/verb-context.ts";
import { asWhom } from "../sign-in/signed-in-as.ts";
import { confirm, isWatched, print, printJson, printNotice } from "../terminal/terminal.ts";

interface UninstallOptions extends ProjectOptions {
  scope?: Scope;
  purge?: boolean;
  yes?: boolean;
}

const howText = {
  restored: "is restored byte for byte",
  removed: "was created by Sitrep and is removed",
  cut: "has been edited since; only Sitrep's entries are removed",
  nothing: "had no Sitrep entries",
  failed: "was not changed",
};

const signInText = ({ source, issuer, ...who }: PurgePlan["signIns"][number]): string =>
  `${source}${asWhom(who)} (${cleanText(issuer, 200)})`;

function namesBelow(folder: string, paths: readonly string[]): string[] {
  const names = paths.map((path) => path.slice(folder.length + 1).split(sep)[0] ?? "");
  return [...new Set(names)].toSorted();
}

function showPurge({ folders }: CommandContext, plan: PurgePlan): void {
  printNotice(
    "This permanently removes the following, including your tasks, settings, secrets and sign-ins:",
  );
  let rest = plan.ours;
  // The config folder comes last because it may contain the others.
  for (const folder of [folders.state, folders.data, folders.config]) {
    const isIn = (path: string): boolean => path.startsWith(folder + sep);
    const names = namesBelow(folder, rest.filter(isIn));
    rest = rest.filter((path) => !isIn(path));
    if (names.length > 0) printNotice(`  ${folder}: ${names.join(", ")}`);
  }
  for (const { source, origin } of plan.keychain) {
    printNotice(`  the ${source} secret for ${origin}, including from the keychain`);
  }
  for (const path of plan.others)
    printNotice(`Not created by Sitrep, kept: ${cleanText(path, 400)}`);
  for (const one of plan.signIns) {
    printNotice(
      `Signed in to ${signInText(one)}: the tokens are removed, not revoked. To revoke them first: sitrep logout ${one.source}`,
    );
  }
}

function reportPurged({ removed, left, keychain, notRevoked }: Purged): void {
  const count = removed.length === 1 ? "1 file or folder" : `${removed.length} files and folders`;
  print(`Permanently removed ${count} created by Sitrep.`);
  for (const { name, origin, isRemoved } of keychain) {
    print(
      isRemoved
        ? `Deleted, including from the keychain: ${name} for ${origin}.`
        : `The keychain did not respond: ${name} for ${origin}, stored as "sitrep", may still be in it.`,
    );
  }
  for (const path of left) print(`Not created by Sitrep, left in place: ${cleanText(path, 400)}`);
  for (const one of notRevoked)
    print(`Removed here but not revoked: the sign-in to ${signInText(one)}.`);
}

interface Outcome {
  done: readonly Uninstalled[];
  isLast: boolean;
  wasInstalled: boolean;
  purged: Purged | null;
}

const teamText = (file: string): string =>
  `${file} has the hooks that your team shares; they do nothing where Sitrep is not installed. To remove them: sitrep uninstall --scope project`;

function reportUninstalled(
  context: CommandContext,
  { done, isLast, wasInstalled, purged }: Outcome,
): void {
  for (const { file, how } of done) print(`${file} ${howText[how]}.`);
  if (done.length === 0) print("No settings file has Sitrep entries.");
  if (!isLast) return print("Other settings still use Sitrep; its files are kept.");
  print(
    wasInstalled
      ? "The monitor is stopped; hook scripts and built files are removed."
      : "Nothing was installed; no monitor is running.",
  );
  if (purged !== null) return reportPurged(purged);
  print(`Your tasks, cache, logs, secrets and sign-ins stay in ${context.folders.state}.`);
  print("To remove them too, use --purge");
}

/** True when the uninstall may continue. Throws `usage` for a purge without a terminal. */
async function isAgreed(
  context: CommandContext,
  files: readonly string[],
  plan: PurgePlan | null,
  { yes }: UninstallOptions,
): Promise<boolean> {
  if (yes === true) return true;
  if (plan !== null && !isWatched()) {
    throw new SitrepError("usage", "Cannot ask for confirmation without a terminal. Use --yes.", {
      hint: "To remove everything without confirmation: sitrep uninstall --purge --yes",
    });
  }
  if (plan === null && (files.length === 0 || !isWatched())) return true;
  for (const file of files) printNotice(file);
  if (plan === null) return confirm("Remove Sitrep's entries from these files?", true);
  showPurge(context, plan);
  return confirm("Remove all of this? It cannot be undone.", false);
}

const isMeant =
  ({ scope, project: named }: UninstallOptions, project: Located) =>
  (one: InstalledFile): boolean =>
    (scope === undefined || one.scope === scope) &&
    (named === undefined ||
      scope === "user" ||
      !relative(project.worktree, one.file).startsWith(".."));

export const runUninstall: Run<[], UninstallOptions> = async (context, options) => {
  if (options.purge === true && (options.project ?? options.scope) !== undefined) {
    throw new SitrepError("usage", "--purge removes everything; leave out --project and --scope.");
  }
  const project = locateProject(context, options.project);
  const files = installedFiles(context, project);
  const known = files.filter(isMeant(options, project)).map(({ file }) => file);
  const team = teamFile(context, project);
  const isTeamMeant = team !== null && options.scope === "project" && known.length === 0;
  const chosen = isTeamMeant ? [team] : known;
  const plan = options.purge === true ? planPurge(context) : null;
  if (!(await isAgreed(context, chosen, plan, options))) return printNotice("Nothing was changed.");
  const wasInstalled = loadInstallation(context) !== null;
  const done = uninstallSettings(context, chosen);
  const failure = done.find(({ error }) => error !== null)?.error ?? null;
  const isLast = known.length === files.length;
  if (isLast) {
    await stopMonitor(context);
    uninstallFiles(context);
  }
  // A settings file that still has our entries needs its record, so a failure prevents the purge.
  const purged = plan === null || failure !== null ? null : purge(context, plan);
  if (options.json === true) {
    const settings = done.map(({ file, how }) => ({ file, how }));
    printJson({ settings, filesRemoved: isLast, ...(plan !== null && { purged }) });
  } else {
    reportUninstalled(context, { done, isLast, wasInstalled, purged });
    if (team !== null && !isTeamMeant) print(teamText(team));
  }
  if (failure === null) return;
  if (plan !== null) printNotice("sitrep: nothing was purged, because:");
  throw failure;
};
