// What can stand at the end of a command line, from the verbs and options themselves. It looks nothing up.

import type { Verb } from "../program/verb.ts";

type Option = Verb["options"][number];

export interface Proposal {
  text: string;
  about: string;
}

/** `tasks` and `sources` are names of this project's; `files` and `dirs` are for the shell to find. */
export type ValueKind = "tasks" | "sources" | "files" | "dirs";

export interface Completion {
  proposals: Proposal[];
  /** What else may stand there. */
  kind: ValueKind | null;
}

/** Others named them: bash puts a word into the line as it is. */
export const isPlain = (text: string): boolean => /^[\w#][\w./#@+-]*$/.test(text);

const nothing: Completion = { proposals: [], kind: null };

/** By the name that the help has for a value. */
const kinds: Readonly<Record<string, ValueKind>> = {
  id: "tasks",
  ids: "tasks",
  file: "files",
  dir: "dirs",
};

function kindOf(name: string, verb: Verb, flag = ""): ValueKind | null {
  const isOfSource = flag === "" && ["source", "login", "logout"].includes(verb.words[1] ?? "");
  if (name === "source" && isOfSource) return "sources";
  if (name === "name" && (flag === "--source" || isOfSource)) return "sources";
  return kinds[name] ?? null;
}

const choices = (all: readonly string[] | undefined): Proposal[] =>
  (all ?? []).map((text) => ({ text, about: "" }));

/** `--project <dir>`: `dir`. */
const valueName = ({ flags }: Option): string => /[<[]([\w-]+)/.exec(flags)?.[1] ?? "";

const valuesOf = (option: Option, verb: Verb): Completion => ({
  proposals: choices(option.argChoices),
  kind: kindOf(valueName(option), verb, option.long ?? ""),
});

/** Those of the verb, and what every verb takes. */
function optionsOf(verb: Verb): Completion {
  const own = verb.options.filter(({ hidden, long }) => !hidden && long != null);
  const proposals = own.map(({ long, description }) => ({ text: long ?? "", about: description }));
  const shared = [
    { text: "--color", about: "colours: auto, always, never" },
    { text: "--help", about: "show the help" },
  ];
  const more = shared.filter(({ text }) => proposals.every((one) => one.text !== text));
  return { proposals: [...proposals, ...more], kind: null };
}

function wordsOf(verb: Verb, position: number): Completion {
  const below = position === 0 ? verb.below : [];
  const proposals = below.map((one) => ({ text: one.name(), about: one.description() }));
  const isTop = verb.parent === null;
  if (isTop && position === 0) proposals.push({ text: "help", about: "the help of a command" });
  const all = verb.registeredArguments;
  const argument = all[position] ?? (all.at(-1)?.variadic === true ? all.at(-1) : undefined);
  if (argument === undefined) return { proposals, kind: null };
  return {
    proposals: [...proposals, ...choices(argument.argChoices)],
    kind: kindOf(argument.name(), verb),
  };
}

const findOption = (verb: Verb, word: string): Option | undefined =>
  verb.options.find(({ long, short }) => long === word || short === word);

/** A shell that parts words at `=` gives `--color`, `=`, `al`. */
function joined(given: readonly string[]): string[] {
  return given.filter((word, at) => word !== "=" || !given[at - 1]?.startsWith("--"));
}

/** `given`: the words behind the program's name; the last one is being typed and may be empty. */
export function complete(program: Verb, given: readonly string[]): Completion {
  // What follows `=` begins with nothing typed.
  const words = given.at(-1) === "=" ? [...given, ""] : given;
  const all = joined(words);
  const last = all.at(-1) ?? "";
  let verb = program;
  let position = 0;
  let waiting: Option | undefined;
  let areOptionsOver = false;
  for (const word of all.slice(0, -1)) {
    if (waiting !== undefined) waiting = undefined;
    else if (!areOptionsOver && word === "--") areOptionsOver = true;
    else if (!areOptionsOver && word.startsWith("-")) {
      const option = findOption(verb, word);
      waiting = option?.required === true ? option : undefined;
    } else {
      const below = position === 0 ? verb.below : [];
      const next = below.find((one) => one.name() === word || one.aliases().includes(word));
      if (next !== undefined) verb = next;
      // What stands behind `help` is a command.
      else if (verb !== program || word !== "help") position += 1;
    }
  }
  if (waiting !== undefined) return valuesOf(waiting, verb);
  const [name = "", value] = last.split("=", 2);
  if (areOptionsOver || !last.startsWith("-")) return wordsOf(verb, position);
  if (value === undefined) return optionsOf(verb);
  const option = findOption(verb, name);
  if (option?.required !== true) return nothing;
  const { proposals } = valuesOf(option, verb);
  return {
    proposals: proposals.map((one) => ({ ...one, text: `${name}=${one.text}` })),
    kind: null,
  };
}
