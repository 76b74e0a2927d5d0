// `sitrep source automate`: the monitor sets the status of a source's tasks from git. The first week is a dry run.

import { SitrepError } from "../../core/errors.ts";
import { automationFor, requireConsent, setConsent } from "../../sources/writing/consent.ts";
import { locateScope, type ProjectOptions, type Run } from "../program/verb-context.ts";
import { confirm, print, printResult } from "../terminal/terminal.ts";
import { requirePerson } from "./allow-writes.ts";
import { findSource } from "./lookup.ts";

const week = 7 * 86_400_000;

type AutomateOptions = ProjectOptions & { off?: boolean; now?: boolean };

export const runAutomate: Run<[string], AutomateOptions> = async (context, name, options) => {
  const scope = locateScope(context, options);
  const config = findSource(context, scope, name);
  const { files } = context;
  const { path } = scope;
  const known = automationFor(files, path, config);
  const result = (automation: typeof known, words: string): void =>
    printResult(options, { source: name, project: path, automation }, words);
  if (options.off === true) {
    if (known !== null) setConsent(files, path, config, true);
    return result(null, `Commits and merges do not move tasks of ${name}.`);
  }
  if (config.type === "file") {
    throw new SitrepError(
      "not-supported",
      `${name} is a list in files: it changes with the branch.`,
      {
        hint: "Nothing was switched on. Commit the change of the list with the work.",
      },
    );
  }
  requireConsent(files, path, config);
  requirePerson(context, `sitrep source automate ${name}`);
  const since = Date.now();
  const dryUntil = options.now === true ? since : since + week;
  const until = new Date(dryUntil).toISOString().slice(0, 10);
  print(
    `Sitrep sets a task of ${name} to in progress when you commit on its branch, and to completed when its branch is merged or a merged commit closes it.`,
    "It ignores other people's tasks and everything that happened before now.",
    options.now === true
      ? "This starts at once."
      : `Until ${until}, Sitrep only says what it would set (dry run).`,
    'A session hears of each change; "sitrep history" lists it, and "sitrep task undo" takes it back.',
  );
  if (!(await confirm("Switch it on?", false))) return result(known, "Nothing was switched on.");
  const automation = { since, dryUntil };
  setConsent(files, path, config, true, automation);
  const from = options.now === true ? "Commits" : `From ${until}, commits`;
  result(automation, `${from} and merges move tasks of ${name}.`);
};
