// Every command in the documents is one that the built program takes, with options that it knows.

import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { builtFolder } from "../support/built.ts";
import { codeLines, codeSpans, documents, read } from "./documents.ts";

interface Verb {
  usage: string;
  verbs: string[];
  /** Each option, and whether it takes a value. */
  options: Map<string, boolean>;
  examples: string[];
}

/** The entries of a part of a help text. */
const part = (help: string, title: string): string[] =>
  (new RegExp(`^${title}:\\n((?:  .*\\n?)*)`, "m").exec(help)?.[1] ?? "")
    .split("\n")
    // What is wrapped stands further in.
    .filter((line) => /^ {2}\S/.test(line))
    .map((line) => line.trim());

const known = new Map<string, Verb>();

/** What `--help` says of a verb. */
function verbOf(path: readonly string[]): Verb {
  const key = path.join(" ");
  const before = known.get(key);
  if (before !== undefined) return before;
  const help = execFileSync(process.execPath, [join(builtFolder, "cli.cjs"), ...path, "--help"], {
    encoding: "utf8",
    env: { PATH: process.env["PATH"] },
  });
  const options = part(help, "Options").flatMap((line) => {
    const [, name = "", value] = /^(?:-\w, )?(--[\w-]+)( [<[])?/.exec(line) ?? [];
    return name === "" ? [] : [[name, value !== undefined] as const];
  });
  const verb = {
    usage: /^Usage: (.*)$/m.exec(help)?.[1] ?? "",
    verbs: part(help, "Commands").map((line) => line.split(/[ |]/)[0] ?? ""),
    options: new Map(options),
    examples: part(help, "Example"),
  };
  known.set(key, verb);
  return verb;
}

/** The words of a command as a shell has them, without what surrounds it. */
function wordsOf(line: string): string[] {
  const [command = ""] = line.replace(/\s+#\s.*$/, "").split(/ (?:<|>|\||&&) ?/);
  return (command.match(/'[^']*'|"[^"]*"|[^\s'"]+/g) ?? []).map((word) =>
    word.replaceAll(/^['"[]+|['"\]]+$/g, ""),
  );
}

/** `key add|list` names two verbs. */
const spellings = (words: readonly string[]): string[][] => {
  const at = words.findIndex((word, index) => index > 0 && index < 4 && /^[a-z]+\|/.test(word));
  const alternatives = words[at]?.split("|");
  return alternatives === undefined
    ? [[...words]]
    : alternatives.map((one) => words.with(at, one).slice(0, at + 1));
};

/** What is wrong with the words after `sitrep`; null when the program would take them. */
function mistakeIn(words: readonly string[], isWhole: boolean): string | null {
  const path: string[] = [];
  while (path.length < words.length && verbOf(path).verbs.includes(words[path.length] ?? "")) {
    path.push(words[path.length] ?? "");
  }
  const { usage, verbs, options } = verbOf(path);
  let given = 0;
  for (let at = path.length; at < words.length; at += 1) {
    const word = words[at] ?? "";
    if (word === "--") break;
    if (word === "--help" || word === "--version") return null;
    if (!word.startsWith("-")) given += 1;
    else if (word !== "--no-…") {
      const takesValue = options.get(word);
      if (takesValue === undefined) return `no option ${word}`;
      if (takesValue && isWhole) at += 1;
      if (at >= words.length) return `no value after ${word}`;
      if (takesValue && !isWhole && words[at + 1]?.startsWith("-") === false) at += 1;
    }
  }
  const needed = usage.match(/<[\w.]+>/g)?.length ?? 0;
  const most = /\.\.\.[\]>]/.test(usage)
    ? Infinity
    : (usage.match(/[<[]\w+[>\]]/g) ?? []).length - 1;
  if (verbs.length > 0 && given > 0) return `no verb ${words[path.length] ?? ""}`;
  if (verbs.length > 0 && !usage.includes("serve") && path.length > 0 && isWhole) return "no verb";
  if (given < needed && isWhole) return `${needed - given} arguments too few`;
  return given > most && verbs.length === 0 ? `${given - most} arguments too many` : null;
}

const isCommand = (line: string): boolean => /^(?:[A-Z_]+=\S* )*sitrep(?: |$)/.test(line);

/** A command in a container of deploy/, whose image starts `sitrep`, as it is without one. */
const outsideContainer = (line: string): string =>
  line.replace(/^docker compose run(?: --\S+| "\S+")* server-\d /, "sitrep ");

function mistakes(line: string, isWhole: boolean): string[] {
  const words = wordsOf(line.replace(/^(?:[A-Z_]+=\S* )*sitrep ?/, "").replaceAll("\\|", "|"));
  return spellings(words).flatMap((spelt) => {
    const plain = spelt.filter((word) => isWhole || !/^[…·.,]+$/.test(word));
    const mistake = mistakeIn(plain, isWhole);
    return mistake === null ? [] : [`${line}: ${mistake}`];
  });
}

describe.each(documents)("$path", ({ text }) => {
  test("shows only commands that the program takes", () => {
    const shown = codeLines(text).map(outsideContainer).filter(isCommand);
    expect(shown.flatMap((line) => mistakes(line, true))).toEqual([]);
  });

  test("names only verbs and options that the program knows", () => {
    const named = codeSpans(text).filter(isCommand);
    expect(named.flatMap((line) => mistakes(line.replaceAll("\n", " "), false))).toEqual([]);
  });

  test("names only scripts of the package", () => {
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    const named = [...text.matchAll(/\bnpm (?:run (?:--silent )?([\w:-]+)|(test|start))\b/g)];
    const missing = named.map(([, run, short]) => run ?? short ?? "");
    expect(missing.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
  });
});

/** Every verb that does something, by its words. */
function allVerbs(path: string[]): string[][] {
  const { verbs } = verbOf(path);
  const below = verbs
    .filter((name) => name !== "help")
    .flatMap((name) => allVerbs([...path, name]));
  return verbs.length === 0 ? [path] : below;
}

test("docs/commands.md has every verb", () => {
  const page = read("docs/commands.md");
  const missing = allVerbs([]).filter((path) => !page.includes(`\`sitrep ${path.join(" ")}`));
  // `npm start` runs it.
  expect(missing).toEqual([["demo"]]);
});

test("the examples that help shows are commands that the program takes", () => {
  const lines = allVerbs([]).flatMap((path) => verbOf(path).examples.filter(isCommand));
  expect(lines.length).toBeGreaterThan(30);
  expect(lines.flatMap((line) => mistakes(line, true))).toEqual([]);
});
