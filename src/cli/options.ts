// What verbs share of the command line: how a verb is added, its options, and which project is meant.

import { Command, Option } from "commander";
import type { ProjectScope } from "../core/ports.ts";
import { projectOf, type CommandContext } from "../config/context.ts";
import type { Located } from "../git/repository.ts";
import { chooseColour, colourChoices } from "./look/colour.ts";
import type { JsonOption } from "./terminal.ts";

/** What a verb does, with its arguments and options. */
export type Run<Args extends readonly unknown[] = [], Options = ProjectOptions> = (
  context: CommandContext,
  ...args: [...Args, options: Options]
) => Promise<void>;

type Load = () => Promise<(context: CommandContext, ...args: never[]) => unknown>;

/** A command whose verbs load their code when they are called. */
export class Verb extends Command {
  readonly context: CommandContext;

  constructor(context: CommandContext, name?: string) {
    super(name);
    this.context = context;
    // Taken anywhere, and shown once.
    const colour = new Option("--color <when>", "colours: auto, always, never");
    this.addOption(colour.choices(colourChoices).hideHelp(name !== "sitrep"));
    this.on("option:color", chooseColour);
  }

  override createCommand(name?: string): Verb {
    return new Verb(this.context, name);
  }

  /** Adds a verb below this one with its description and the example that its help shows. */
  verb(name: string, description: string, shown: string): Verb {
    const text = `\nExample:\n  ${shown}`;
    return this.command(name).description(description).addHelpText("after", text);
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

/** The events whose hook output can be shown beforehand. */
export const previewEvents = [
  "session-start",
  "subagent-start",
  "pre-tool-use",
  "user-prompt-submit",
] as const;
export type PreviewEvent = (typeof previewEvents)[number];

/** For an option that may be given again and again. */
export const many = (value: string, before: string[] = []): string[] => [...before, value];

/** Of every verb about one project. */
export interface ProjectOptions extends JsonOption {
  project?: string;
}

export const scopeIn = ({ project, projectName, branch }: Located): Required<ProjectScope> => ({
  path: project,
  name: projectName,
  branch,
});

export const scopeOf = (context: CommandContext, options: ProjectOptions): Required<ProjectScope> =>
  scopeIn(projectOf(context, options.project));
