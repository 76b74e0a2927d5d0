// The options that many verbs have, and how a verb is added.

import { Option } from "commander";
import type { Command } from "commander";

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
