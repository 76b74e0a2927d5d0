// What verbs share of the command line: options, how a verb is added, and which project is meant.

import { Option } from "commander";
import type { Command } from "commander";
import type { ProjectScope } from "../core/ports.ts";
import { projectOf } from "../config/context.ts";
import type { CommandContext } from "../config/context.ts";
import type { JsonOption } from "./terminal.ts";

/** Adds a verb below `parent` with its description and the example that its help shows. */
export type AddVerb = (
  name: string,
  description: string,
  shown: string,
  parent: Command,
) => Command;

export const json = (): Option => new Option("--json", "print JSON");
export const project = (): Option =>
  new Option("--project <dir>", "the project's folder (default: this one)");

/** For an option that may be given again and again. */
export const many = (value: string, before: string[] | undefined): string[] => [
  ...(before ?? []),
  value,
];

/** Of every verb about one project. */
export interface ProjectOptions extends JsonOption {
  project?: string;
}

export function scopeOf(context: CommandContext, options: ProjectOptions): Required<ProjectScope> {
  const located = projectOf(context, options.project);
  return { path: located.project, name: located.projectName, branch: located.branch };
}

/** The options given, without those that were not. */
export function given<T extends object>(values: T): { [K in keyof T]?: NonNullable<T[K]> } {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: NonNullable<T[K]> };
}
