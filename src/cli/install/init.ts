// `sitrep init`: writes the project's `.sitrep.json`, which a team commits: where its tasks are. By questions on a terminal, by
// options elsewhere. It allows nothing: that is each person's own decision.

import { lstatSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { projectFileName } from "../../config/folders.ts";
import { readProjectFile, mistakeIn } from "../../config/project-file.ts";
import { sharedSource } from "../../config/shared-source.ts";
import type { SourceConfig } from "../../config/source-config.ts";
import type { CommandContext } from "../../config/context.ts";
import { SitrepError } from "../../core/errors.ts";
import { cleanText } from "../../core/quote.ts";
import type { ProjectScope } from "../../core/ports.ts";
import { replaceFile } from "../../state/files/replace-file.ts";
import { askForSources, candidatesOf, type Candidate } from "./init-questions.ts";
import { name as styledName } from "../terminal/styles.ts";
import { scopeOf, type ProjectOptions, type Run } from "../program/options.ts";
import {
  agree,
  confirm,
  countOf,
  isWatched,
  print,
  printJson,
  remark,
} from "../terminal/terminal.ts";

interface InitOptions extends ProjectOptions {
  source?: string[];
  replace?: boolean;
  dryRun?: boolean;
  yes?: boolean;
}

const usage = (message: string, hint: string): SitrepError =>
  new SitrepError("usage", message, { hint });

/** The file's path. Throws `settings-unexpected` for what is no regular file: a link could lead anywhere. */
function fileOf({ path }: ProjectScope): string {
  const file = join(path, projectFileName);
  if (lstatSync(file, { throwIfNoEntry: false })?.isFile() ?? true) return file;
  throw new SitrepError("settings-unexpected", `${file} is no regular file.`, {
    hint: "Nothing was changed.",
  });
}

/** What is said of a file that is there. */
function thereWords(context: CommandContext, { path }: ProjectScope, file: string): string | null {
  const found = readProjectFile(path, context.files.allowed);
  if (found === null) return null;
  const what =
    found.mistake === null
      ? `with ${countOf(found.sources.length, "source")}`
      : `and is not understood: ${found.mistake}`;
  return `${file} is there already, ${what}.`;
}

/** Those that are named, else those of the person's own settings. Throws `source-unknown`. */
function named(candidates: readonly Candidate[], names: readonly string[] | undefined) {
  if (names === undefined) {
    return candidates.filter(({ from }) => from !== "client").map(({ config }) => config);
  }
  return names.map((wanted) => {
    const found = candidates.find(({ config }) => config.name === wanted);
    if (found !== undefined) return found.config;
    const known = candidates.map(({ config }) => config.name).join(", ");
    throw new SitrepError("source-unknown", `There is no source "${wanted}" to share.`, {
      hint: known === "" ? "First: sitrep source add --help" : `There are: ${known}.`,
    });
  });
}

/** The text of the file. One that cannot be shared is passed over aloud, or where it was named refused. */
function textOf(context: CommandContext, chosen: readonly SourceConfig[], isAsked: boolean) {
  const home = context.env["HOME"] ?? homedir();
  const sources = chosen.flatMap((config) => {
    const { source, why } = sharedSource(config, home);
    if (why === null) return [source];
    const words = `${config.name} is not for others: it ${cleanText(why, 400)}.`;
    if (!isAsked) throw usage(words, "Leave it out: name the others with --source.");
    remark(words);
    return [];
  });
  const text = `${JSON.stringify({ sources }, null, 2)}\n`;
  const mistake = mistakeIn(text);
  if (mistake !== null)
    throw new SitrepError("config-invalid", `It would not be valid: ${mistake}`);
  return { text, count: sources.length };
}

/** How each person signs in for what the file names. */
function signInWords(chosen: readonly SourceConfig[]): string[] {
  return chosen.flatMap(({ name, auth, env }) => {
    if (auth?.type === "login") return [`sitrep login ${name}`];
    const hasSecret = auth !== undefined || Object.values(env).some((one) => one.startsWith("${"));
    return hasSecret ? [`sitrep source secret ${name}`] : [];
  });
}

function report(chosen: readonly SourceConfig[], count: number): void {
  print(`Wrote ${projectFileName} with ${countOf(count, "source")}. Commit it.`);
  print(
    "It does nothing by itself. A teammate with Sitrep sees what it names, says yes, and has these tasks in each session:",
  );
  print(...["sitrep allow", ...signInWords(chosen)].map((line) => [styledName(`  ${line}`)]));
  print("So do you, for what your own settings have not. Without Sitrep it is ignored.");
}

/** Whether it may be written over what is there. Throws `usage` where nobody can be asked. */
async function mayReplace(there: string | null, isAsking: boolean, options: InitOptions) {
  if (there === null || options.replace === true || options.dryRun === true) return true;
  if (!isAsking) throw usage(there, "With --replace it is written anew. Nothing was changed.");
  remark(there);
  return confirm("Write it anew?", false);
}

export const runInit: Run<[], InitOptions> = async (context, options) => {
  const { json, yes, dryRun } = options;
  const scope = scopeOf(context, options);
  const file = fileOf(scope);
  const isAsking = [json, yes, dryRun].every((one) => one !== true) && isWatched();
  if (!isAsking && yes !== true && dryRun !== true) {
    throw usage(
      "It asks what the team's tasks are, and there is no terminal.",
      "By options: sitrep init --yes --source NAME",
    );
  }
  const there = thereWords(context, scope, file);
  if (!(await mayReplace(there, isAsking, options))) return remark("Nothing was changed.");
  const candidates = candidatesOf(context, scope);
  const chosen =
    isAsking && options.source === undefined
      ? await askForSources(candidates)
      : named(candidates, options.source);
  const { text, count } = textOf(context, chosen, isAsking);
  if (count === 0) {
    if (isAsking) return remark("No source was chosen. Nothing was changed.");
    throw usage("There is no source to share.", "Add one first: sitrep source add --help");
  }
  const isWritten =
    dryRun !== true &&
    (!isAsking || (show(text), await agree(`Write this to ${projectFileName}?`)));
  if (isWritten) replaceFile(file, text, { mode: 0o644 });
  if (json === true) {
    return printJson({ file, written: isWritten, ...(JSON.parse(text) as object) });
  }
  if (isWritten) return report(chosen, count);
  if (dryRun === true) show(text);
  remark(dryRun === true ? "Dry run: nothing was changed." : "Nothing was changed.");
};

/** As it is, so that a person sees what is written. */
const show = (text: string): void =>
  remark(
    ...text
      .trimEnd()
      .split("\n")
      .map((line) => [line]),
  );
