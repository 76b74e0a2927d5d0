// What bare `sitrep` says of the places that no source shows.

import type { CommandContext } from "../config/context.ts";
import type { BriefInput } from "../core/brief/brief-input.ts";
import { openCount } from "../core/task/task.ts";
import type { Located } from "../git/repository.ts";
import type { UnaddedSource } from "./source/discovered.ts";

export type { UnaddedSource } from "./source/discovered.ts";

/** None where open tasks are known, or the configuration is wrong, which `doctor` reports. */
export async function findUnadded(
  context: CommandContext,
  project: Located,
  { sources }: BriefInput,
): Promise<UnaddedSource[]> {
  if (sources.some(({ counts }) => openCount(counts) > 0)) return [];
  // Loaded only now: it doubles the time of the command.
  return (await import("./source/discovered.ts")).listUnadded(context, project).catch(() => []);
}

const maxShown = 3;

/** A line for each of the first, with the command that adds it. */
export function unaddedLines(unadded: readonly UnaddedSource[]): string[] {
  const more = unadded.length - maxShown;
  const lines = unadded
    .slice(0, maxShown)
    .map(({ words, add }) => (add === null ? words : `${words}: ${add}`));
  return more > 0 ? [...lines, `${more} more: sitrep source discover`] : lines;
}
