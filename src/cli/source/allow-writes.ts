// `sitrep source allow-writes`: the user allows changes to a source's tasks, for one project. It needs a terminal and
// fails in a session of Claude Code, so that the model cannot grant itself the permission.

import type { CommandContext } from "../../config/context.ts";
import { hasAncestorWith } from "../../config/process-identity.ts";
import { SitrepError } from "../../core/errors.ts";
import { cleanText } from "../../core/quote.ts";
import { allowCommand, consentFor, setConsent } from "../../sources/writing/consent.ts";
import { locateScope, type ProjectOptions, type Run } from "../program/verb-context.ts";
import { confirm, isWatched, print, printResult } from "../terminal/terminal.ts";
import { findSource } from "./lookup.ts";
import { abilityText, writingOf } from "./writing.ts";

/** Throws `write-not-allowed` in a session, `usage` without a terminal. `command`: for the user to run instead. */
export function requirePerson({ env }: CommandContext, command: string): void {
  const isOfSession = env["CLAUDECODE"] || env["CLAUDE_CODE_SESSION_ID"];
  if (isOfSession || hasAncestorWith("CLAUDECODE")) {
    throw new SitrepError("write-not-allowed", "A session of Claude Code cannot allow writes.", {
      hint: `In a terminal of your own: ${command}`,
    });
  }
  if (isWatched()) return;
  throw new SitrepError("usage", "Cannot ask for confirmation without a terminal.", {
    hint: `Nothing was allowed. In a terminal: ${command}`,
  });
}

export const runAllowWrites: Run<[string], ProjectOptions & { off?: boolean }> = async (
  context,
  name,
  options,
) => {
  const scope = locateScope(context, options);
  const config = findSource(context, scope, name);
  const { files } = context;
  const result = (allowed: boolean, words: string): void =>
    printResult(options, { source: name, project: scope.path, allowed }, words);
  if (config.type === "embedded") {
    return result(true, `${name} is your own store: it needs no permission.`);
  }
  if (options.off === true) {
    setConsent(files, scope.path, config, false);
    return result(false, `${name} may no longer be written from ${scope.path}.`);
  }
  if (consentFor(files, scope.path, config) === "allowed") {
    return result(true, `${name} may be written from ${scope.path} already.`);
  }
  const writing = (await writingOf(context, scope, name)).get(name);
  const able = writing === undefined ? "" : abilityText(writing);
  if (able === "") {
    throw new SitrepError("not-supported", `${name} cannot be written.`, {
      hint: "Nothing was allowed. Change its tasks where they are.",
    });
  }
  requirePerson(context, allowCommand(name));
  const place = config.url ?? config.path ?? [config.command, ...config.args].join(" ");
  print(
    `${name}: ${cleanText(place, 300)}`,
    `"sitrep task" and Claude's task tools could set this, for all tasks that ${scope.path} gets from it: ${able}.`,
    'Each change is in "sitrep history". To take the permission back: --off',
  );
  if (!(await confirm("Allow it?", false))) return result(false, "Nothing was allowed.");
  setConsent(files, scope.path, config, true);
  result(true, `${name} may be written from ${scope.path}.`);
};
