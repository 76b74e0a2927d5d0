// How a verb of the command is added, and what is said where there is none of that name.

import { Command, Option, type CommandOptions } from "commander";
import { SitrepError } from "../../core/errors.ts";
import type { CommandContext } from "../../config/context.ts";
import { chooseColour, colourChoices } from "../terminal/colour.ts";
import { meantVerb } from "./command-suggestions.ts";
import { screenWidth } from "../terminal/terminal.ts";

type Load = () => Promise<(context: CommandContext, ...args: never[]) => unknown>;

/** An example behind two blanks; a longer one goes on in further lines between its words, as a shell reads it. */
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

/** A command whose verbs load their code when they are called. */
export class Verb extends Command {
  readonly context: CommandContext;
  examples: readonly string[] = [];

  constructor(context: CommandContext, name?: string) {
    super(name);
    this.context = context;
    // Taken anywhere, and shown once.
    const colour = new Option("--color <when>", "colours: auto, always, never");
    this.addOption(colour.choices(colourChoices).hideHelp(name !== "sitrep"));
    this.on("option:color", chooseColour);
    this.on("command:*", ([word = "", next]: string[]) => this.refuse(word, next));
  }

  override createCommand(name?: string): Verb {
    return new Verb(this.context, name);
  }

  /** Its words, from the program's name on. */
  get words(): string[] {
    return [...(this.parent instanceof Verb ? this.parent.words : []), this.name()];
  }

  /** The verbs directly below this one. */
  get below(): Verb[] {
    return this.commands.filter((one) => one instanceof Verb);
  }

  /** Everything that can be called, by its words without the program's name. */
  get allVerbs(): string[] {
    return this.below.flatMap((one) => [one.words.slice(1).join(" "), ...one.allVerbs]);
  }

  get program(): Verb {
    return this.parent instanceof Verb ? this.parent.program : this;
  }

  /** Commander's findings as errors of ours, with the command that helps. */
  override error(message: string): never {
    const hint = `See: ${[...this.words, "--help"].join(" ")}`;
    throw new SitrepError("usage", message.replace(/^error: /, ""), { hint });
  }

  /** Prints the help of the verb that `words` name from here on. */
  helpOf([word, ...rest]: readonly string[]): never {
    if (word === undefined) return this.help();
    const found = this.below.find((one) => one.name() === word || one.aliases().includes(word));
    return found === undefined ? this.refuse(word) : found.helpOf(rest);
  }

  /** Says that there is no such verb, and which one was perhaps meant. `next`: the word behind it. */
  refuse(word: string, next?: string): never {
    const [program = "", ...path] = this.words;
    const meant = meantVerb(path, word, this.program.allVerbs, next);
    throw new SitrepError("usage", `There is no command "${[program, ...path, word].join(" ")}".`, {
      hint: [
        ...(meant === null ? [] : [`Perhaps: ${program} ${meant}`]),
        `All commands: ${[program, "help", ...path].join(" ")}`,
      ].join("\n  "),
    });
  }

  /** Adds a verb below this one with its description and the example that its help shows. */
  verb(name: string, description: string, shown: string, options: CommandOptions = {}): Verb {
    const added = this.command(name, options).description(description);
    added.examples = shown.split("\n").map((line) => line.trim());
    const text = (): string =>
      added.examples.map((one) => exampleText(one, screenWidth())).join("\n");
    return added.addHelpText("after", () => `\nExample:\n${text()}`);
  }

  run(load: Load): void {
    this.action(async (...args) => {
      const work = await load();
      // Commander's last argument is the command itself.
      await work(this.context, ...(args.slice(0, -1) as never[]));
    });
  }

  /** `run`, for a verb that can print JSON. */
  runWithJson(load: Load): void {
    this.option("--json", "print JSON").run(load);
  }

  /** `runWithJson`, for a verb about one project. */
  runInProject(load: Load): void {
    this.option("--project <dir>", "the project's folder (default: this one)").runWithJson(load);
  }
}
