// Writes man/sitrep.1 from the commands' definitions. Run it with `npm run docs`.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { program } from "../../src/cli/program/program.ts";
import type { Verb } from "../../src/cli/program/verb.ts";
import { leaves, sentence, usageOf } from "./commands.ts";

const root = join(import.meta.dirname, "../..");
const file = join(root, "man/sitrep.1");

/** Escapes a text for roff: no line is a request, and typed text has ASCII hyphens. */
const text = (given: string): string =>
  given
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replaceAll("…", "...")
    .replaceAll(
      /[^\n -~]/g,
      (one) => `\\[u${one.codePointAt(0)?.toString(16).toUpperCase().padStart(4, "0")}]`,
    )
    .replaceAll(/^(?=[.'])/gm, "\\&");

const quoted = (given: string): string => `"${text(given).replaceAll('"', "\\(dq")}"`;

function optionText({
  flags,
  description,
  argChoices,
  defaultValue,
  negate,
}: Verb["options"][number]): string {
  const words = [
    description === "" && negate ? "remove it" : description,
    ...(argChoices === undefined ? [] : [`one of ${argChoices.join(", ")}`]),
    ...(typeof defaultValue === "string" ? [`default: ${defaultValue}`] : []),
  ].filter((one) => one !== "");
  return [".TP", `.B ${text(flags)}`, text(words.join("; ")) || "\\&"].join("\n");
}

const verbText = (verb: Verb): string =>
  [
    `.SS ${quoted(usageOf(verb))}`,
    text(sentence(verb.description())),
    ...verb.options.filter(({ hidden }) => !hidden).map(optionText),
    ".PP",
    "Example:",
    ".PP",
    ".nf",
    ".RS",
    ...verb.examples.map(text),
    ".RE",
    ".fi",
  ].join("\n");

const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  version: string;
};

/** The whole page: https://man7.org/linux/man-pages/man7/man.7.html */
export function manPage(): string {
  const verbs = leaves(program).filter((verb) => verb.name() !== "demo");
  return `${[
    '.\\" Written by scripts/docs/man.ts from the commands themselves: npm run docs.',
    `.TH SITREP 1 "" ${quoted(`Sitrep ${version}`)} "User Commands"`,
    ".SH NAME",
    "sitrep \\- brief every Claude Code session on its tasks and its repository",
    ".SH SYNOPSIS",
    ".B sitrep",
    ".RI [ command ]",
    ".RI [ options ]",
    ".SH DESCRIPTION",
    text(program.description()),
    "Without a command it shows what there is to do here.",
    text("Every command has --help, and --color with auto, always or never."),
    ".SH COMMANDS",
    ...verbs.map(verbText),
    ".SH EXIT STATUS",
    ".TP",
    ".B 0",
    "It is done.",
    ".TP",
    ".B 1",
    "It failed; the reason and the way out are on standard error.",
    ".TP",
    ".B 2",
    "A mistake in the call.",
    ".TP",
    ".B 130",
    "Ctrl\\-C.",
    ".SH ENVIRONMENT",
    ".TP",
    ".B SITREP_HOME",
    "Puts configuration, state and built files below one folder.",
    ".TP",
    ".B SITREP_OFF",
    "1 silences the hooks of a session.",
    ".TP",
    ".B NO_COLOR, FORCE_COLOR",
    "Colors: never, or always (0: never).",
    ".SH FILES",
    ".TP",
    ".I \\(ti/.config/sitrep/config.json",
    "Your settings, if you write any.",
    ".TP",
    ".I \\(ti/.local/state/sitrep",
    "Cache, tasks, secrets, logs.",
    ".TP",
    ".I \\(ti/.local/share/sitrep",
    "What the hooks run.",
    ".SH SEE ALSO",
    ".BR claude (1),",
    ".BR git (1)",
  ].join("\n")}\n`;
}

if (import.meta.main) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, manPage());
}
