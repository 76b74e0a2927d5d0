// `sitrep uninstall`: takes the hooks out again, and with --purge everything that Sitrep has kept.

import { relative, sep } from "node:path";
import { cleanText } from "../../core/quote.ts";
import { SitrepError } from "../../core/errors.ts";
import { installationOf, projectOf, type CommandContext } from "../../config/context.ts";
import { stopMonitor } from "../../monitor/monitor-control.ts";
import { planPurge, purge, type Purged, type PurgePlan } from "../../install/purge.ts";
import {
  installedFiles,
  teamFile,
  uninstallFiles,
  uninstallSettings,
} from "../../install/uninstaller.ts";
import type { InstalledFile, Uninstalled } from "../../install/uninstaller.ts";
import type { Scope } from "../../install/entries.ts";
import type { Located } from "../../git/repository.ts";
import type { ProjectOptions, Run } from "../program/options.ts";
import { asWhom } from "../sign-in/words.ts";
import { confirm, isWatched, print, printJson, remark } from "../terminal/terminal.ts";

interface UninstallOptions extends ProjectOptions {
  scope?: Scope;
  purge?: boolean;
  yes?: boolean;
}

const howWords = {
  restored: "has the bytes from before again",
  removed: "was made by Sitrep and is removed",
  cut: "was changed since; only Sitrep's entries are cut out",
  nothing: "had no entries of Sitrep",
  failed: "is left as it is",
};

const noRevocation = ({ source, issuer, ...who }: PurgePlan["signIns"][number]): string =>
  `${source}${asWhom(who)} (${cleanText(issuer, 200)})`;

/** What lies in a folder, by the names of its first level. */
function namesBelow(folder: string, paths: readonly string[]): string[] {
  const names = paths.map((path) => path.slice(folder.length + 1).split(sep)[0] ?? "");
  return [...new Set(names)].toSorted();
}

/** What a purge takes, before anybody is asked. */
function showPurge(
  { folders: { state, data, config } }: CommandContext,
  { ours, others, keychain, signIns }: PurgePlan,
): void {
  remark("For good, with your tasks, settings, secrets and sign-ins:");
  let rest = ours;
  // The folder of the configuration may have the others in it.
  for (const folder of [state, data, config]) {
    const isIn = (path: string): boolean => path.startsWith(folder + sep);
    const names = namesBelow(folder, rest.filter(isIn));
    rest = rest.filter((path) => !isIn(path));
    if (names.length > 0) remark(`  ${folder}: ${names.join(", ")}`);
  }
  for (const { source, origin } of keychain) {
    remark(`  the secret of ${source} for ${origin}, in the keychain too`);
  }
  for (const path of others) remark(`Not made by Sitrep, stays: ${cleanText(path, 400)}`);
  for (const one of signIns) {
    remark(
      `Signed in to ${noRevocation(one)}: the tokens go and are not revoked. First: sitrep logout ${one.source}`,
    );
  }
}

function reportPurged({ removed, left, keychain, notRevoked }: Purged): void {
  print(
    `Removed for good: ${removed.length === 1 ? "1 file or folder" : `${removed.length} files and folders`} of Sitrep.`,
  );
  for (const { name, origin, isRemoved } of keychain) {
    print(
      isRemoved
        ? `Forgotten, in the keychain too: ${name} for ${origin}.`
        : `The keychain does not answer: ${name} for ${origin}, kept as "sitrep", may still be in it.`,
    );
  }
  for (const path of left) print(`Not made by Sitrep, left: ${cleanText(path, 400)}`);
  for (const one of notRevoked) {
    print(`Forgotten, not revoked: the sign-in to ${noRevocation(one)}.`);
  }
}

interface Outcome {
  done: readonly Uninstalled[];
  /** Whether no other project has hooks. */
  isLast: boolean;
  wasInstalled: boolean;
  purged: Purged | null;
}

/** What stays, and how it would go. */
const teamWords = (file: string): string =>
  `${file} has the hooks that your team shares; without an installation they say nothing. To take them out: sitrep uninstall --scope project`;

function reportUninstalled(
  context: CommandContext,
  { done, isLast, wasInstalled, purged }: Outcome,
): void {
  for (const { file, how } of done) print(`${file} ${howWords[how]}.`);
  if (done.length === 0) print("No settings file has entries of Sitrep.");
  if (!isLast) return print("Other settings still have Sitrep; its files stay.");
  print(
    wasInstalled
      ? "The monitor is stopped; gates and built files are removed."
      : "Nothing was installed; no monitor runs.",
  );
  if (purged !== null) return reportPurged(purged);
  print(`Your tasks, the cache, the logs, secrets and sign-ins stay in ${context.folders.state}.`);
  print("With --purge they go too.");
}

/** True when it may go on. Throws `usage` for a purge that nobody could be asked about. */
async function isAgreed(
  context: CommandContext,
  files: readonly string[],
  plan: PurgePlan | null,
  { yes }: UninstallOptions,
): Promise<boolean> {
  if (yes === true) return true;
  if (plan !== null && !isWatched()) {
    throw new SitrepError(
      "usage",
      "A purge asks before it takes everything away: there is no terminal.",
      { hint: "With --yes it asks nothing: sitrep uninstall --purge --yes" },
    );
  }
  if (plan === null && (files.length === 0 || !isWatched())) return true;
  for (const file of files) remark(file);
  if (plan === null) return confirm("Take Sitrep's entries out of these?", true);
  showPurge(context, plan);
  return confirm("Take all of this away? It cannot be undone.", false);
}

/** Which of the installed files are meant. The user's settings are of no project. */
const isMeant =
  ({ scope, project: named }: UninstallOptions, project: Located) =>
  (one: InstalledFile): boolean =>
    (scope === undefined || one.scope === scope) &&
    (named === undefined ||
      scope === "user" ||
      !relative(project.worktree, one.file).startsWith(".."));

export const runUninstall: Run<[], UninstallOptions> = async (context, options) => {
  if (options.purge === true && (options.project ?? options.scope) !== undefined) {
    throw new SitrepError(
      "usage",
      "--purge takes everything out: it goes without --project and --scope.",
    );
  }
  const project = projectOf(context, options.project);
  const files = installedFiles(context, project);
  const known = files.filter(isMeant(options, project)).map(({ file }) => file);
  const team = teamFile(context, project);
  const isTeamMeant = team !== null && options.scope === "project" && known.length === 0;
  const chosen = isTeamMeant ? [team] : known;
  const plan = options.purge === true ? planPurge(context) : null;
  if (!(await isAgreed(context, chosen, plan, options))) return remark("Nothing was changed.");
  const wasInstalled = installationOf(context) !== null;
  const done = uninstallSettings(context, chosen);
  const failure = done.find(({ error }) => error !== null)?.error ?? null;
  const isLast = known.length === files.length;
  if (isLast) {
    await stopMonitor(context);
    uninstallFiles(context);
  }
  // The records of settings files are needed as long as one of them has our entries.
  const purged = plan === null || failure !== null ? null : purge(context, plan);
  if (options.json === true) {
    const settings = done.map(({ file, how }) => ({ file, how }));
    printJson({ settings, filesRemoved: isLast, ...(plan !== null && { purged }) });
  } else {
    reportUninstalled(context, { done, isLast, wasInstalled, purged });
    if (team !== null && !isTeamMeant) print(teamWords(team));
  }
  if (failure === null) return;
  if (plan !== null) remark("sitrep: nothing was purged, because of:");
  throw failure;
};
