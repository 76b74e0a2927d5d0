// What verbs share of the command line: their options, and which project is meant. What runs a verb needs no commander.

import type { ProjectScope } from "../../core/ports.ts";
import { projectOf, type CommandContext } from "../../config/context.ts";
import type { Located } from "../../git/repository.ts";
import type { JsonOption } from "../terminal/terminal.ts";

/** What a verb does, with its arguments and options. */
export type Run<Args extends readonly unknown[] = [], Options = ProjectOptions> = (
  context: CommandContext,
  ...args: [...Args, options: Options]
) => Promise<void>;

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
