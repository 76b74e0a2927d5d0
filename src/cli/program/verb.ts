// Adds verbs to the command, and reports usage errors.

import { Command, Option, type ErrorOptions } from "commander";
import { SitrepError } from "../../core/errors.ts";
import type { CommandContext } from "../../config/context.ts";
import { chooseColor, colorChoices } from "../terminal/styles.ts";
import { findVerb } from "./command-suggestions.ts";
import { screenWidth } from "../terminal/terminal.ts";

type Load = () => Promise<(context: CommandContext, ...args: never[]) => unknown>;

/** Indents an example. On a narrow terminal it wraps with backslashes, which a shell still accepts. */
function exampleText(example: string, width: number | null): string {
  const lines: string[] = [];
  for (const word of example.match(/"[^"]*"|\S+/g) ?? []) {
    const line = `${lines.at(-1) ?? " "} ${word}`;
    if (lines.length === 0 || width === null || line.length <= width - 2) {
      lines.splice(-1, 1, line);
    } else lines.push(`    ${word}`);
  }
  return lines.join(" \\\n");
}

export class Verb extends Command {
  readonly context: CommandContext;
  examples: readonly string[] = [];

  constructor(context: CommandContext, name?: string) {
    super(name);
    this.context = context;
    // Every verb accepts --color; only the program's own help lists it.
    const color = new Option("--color <when>", "colors: auto, always, never");
    this.addOption(color.choices(colorChoices).hideHelp(name !== "sitrep"));
    this.on("option:color", chooseColor);
  }

  override createCommand(name?: string): Verb {
    return new Verb(this.context, name);
  }

  get words(): string[] {
    return [...(this.parent instanceof Verb ? this.parent.words : []), this.name()];
  }

  get below(): Verb[] {
    return this.commands.filter((one) => one instanceof Verb);
  }

  childOf(word: string): Verb | undefined {
    return this.below.find((one) => one.name() === word || one.aliases().includes(word));
  }

  /** Every verb below this one, such as `task list`: without the program's name. */
  get allVerbs(): string[] {
    return this.below.flatMap((one) => [one.words.slice(1).join(" "), ...one.allVerbs]);
  }

  get program(): Verb {
    return this.parent instanceof Verb ? this.parent.program : this;
  }

  /** Throws commander's errors as our own, with a hint that names the right command or `--help`. */
  override error(message: string, { code }: ErrorOptions = {}): never {
    const [program = "", ...path] = this.words;
    const [word = ""] = this.args;
    const isUnknown = code === "commander.unknownCommand";
    const meant = isUnknown ? findVerb(path, word, this.program.allVerbs) : null;
    const text = message.replace(/^error: /, "");
    throw new SitrepError("usage", meant === null ? text : text.replace(/\n.*/s, ""), {
      hint: [
        ...(meant === null ? [] : [`Did you mean: ${program} ${meant}`]),
        `See: ${[program, ...path, "--help"].join(" ")}`,
      ].join("\n"),
    });
  }

  helpOf([word, ...rest]: readonly string[]): never {
    if (word === undefined) return this.help();
    const found = this.childOf(word);
    if (found !== undefined) return found.helpOf(rest);
    this.args = [word];
    return this.error(`unknown command '${word}'`, { code: "commander.unknownCommand" });
  }

  /** Adds a verb below this one. `shown` has its examples, one per line. */
  verb(name: string, description: string, shown: string): Verb {
    const added = this.command(name).description(description);
    added.examples = shown.split("\n").map((line) => line.trim());
    const text = (): string =>
      added.examples.map((one) => exampleText(one, screenWidth())).join("\n");
    return added.addHelpText("after", () => `\nExample:\n${text()}`);
  }

  run(load: Load): void {
    this.action(async (...args) => {
      const work = await load();
      await work(this.context, ...(args.slice(0, -1) as never[]));
    });
  }

  runWithJson(load: Load): void {
    this.option("--json", "print JSON").run(load);
  }

  runInProject(load: Load): void {
    this.option("--project <dir>", "the project's folder (default: this one)").runWithJson(load);
  }
}
