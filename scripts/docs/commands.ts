// Writes the generated part of docs/commands.md: each command with its arguments, options and examples. Run it with
// `npm run docs`; the rest of the page is written by hand.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { program } from "../../src/cli/program/program.ts";
import type { Verb } from "../../src/cli/program/verb.ts";

const file = join(import.meta.dirname, "../../docs/commands.md");
const begin =
  "Written by scripts/docs/commands.ts from the commands themselves: `npm run docs`. -->\n";
const end = "<!-- end -->";

const cell = (text: string): string =>
  text.replaceAll("|", "\\|").replaceAll(/<([\w=-]+)>/g, "`<$1>`");
export const sentence = (text: string): string =>
  `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

/** Options of nearly every command, described once. */
const shared = new Set(["--json", "--help", "--color", "--project"]);
const defaultProject = "the project's folder (default: this one)";

type Shown = Verb["options"][number];

const isShared = ({ long, description }: Shown): boolean =>
  shared.has(long ?? "") && (long !== "--project" || description === defaultProject);

function optionRow({ flags, description, argChoices, defaultValue, long, negate }: Shown): string {
  const words = [
    description === "" && negate ? "remove it" : description,
    ...(argChoices === undefined ? [] : [`one of ${argChoices.join(", ")}`]),
    ...(typeof defaultValue === "string" ? [`default: ${defaultValue}`] : []),
  ].filter((text) => text !== "");
  return `| \`${flags.replaceAll("|", "\\|")}\` | ${cell(words.join("; ") || `its ${long?.replace(/^--/, "") ?? ""}`)} |`;
}

export const usageOf = (verb: Verb): string =>
  [...verb.words, ...verb.registeredArguments.map(argumentWord)].join(" ");

const ownOptions = (verb: Verb): Shown[] =>
  verb.options.filter((one) => !one.hidden && !isShared(one));

/** True for a command with options that the overview does not show. */
const hasOwn = (verb: Verb): boolean => ownOptions(verb).length > 0;

function verbText(verb: Verb): string {
  const own = ownOptions(verb);
  const takes = verb.options.filter(({ long }) => long === "--json" || long === "--project");
  const usual = takes.filter(isShared).map(({ long }) => `\`${long}\``);
  const also = usual.length === 0 ? "" : ` Takes ${usual.join(" and ")}.`;
  return [
    `### \`${usageOf(verb)}\``,
    `${sentence(verb.description())}${also}`,
    verb.examples.map((line) => `    ${line}`).join("\n"),
    ["| option | |", "| --- | --- |", ...own.map(optionRow)].join("\n"),
  ].join("\n\n");
}

function argumentWord(one: Verb["registeredArguments"][number]): string {
  const name = `${one.name()}${one.variadic ? "..." : ""}`;
  return one.required ? `<${name}>` : `[${name}]`;
}

/** Every verb that does something, in the order of the help. */
export const leaves = (verb: Verb): Verb[] =>
  verb.below.flatMap((one) => [...(one.examples.length === 0 ? [] : [one]), ...leaves(one)]);

/** The page. The text around the commands is taken from `page`. */
export function commandsPage(page: string = readFileSync(file, "utf8")): string {
  const from = page.indexOf(begin) + begin.length;
  const verbs = leaves(program).filter((verb) => verb.name() !== "demo");
  const all = verbs.map((verb) => `| \`${usageOf(verb)}\` | ${cell(verb.description())} |`);
  const overview = ["| command | what it does |", "| --- | --- |", ...all].join("\n");
  const text = [overview, ...verbs.filter(hasOwn).map(verbText)].join("\n\n");
  return `${page.slice(0, from)}\n${text}\n\n${page.slice(page.indexOf(end))}`;
}

if (import.meta.main) writeFileSync(file, commandsPage());
