// The lines of bare `sitrep` about places that are not added as sources.

import type { CommandContext } from "../config/context.ts";
import type { BriefInput } from "../core/brief/brief-input.ts";
import { openCount } from "../core/task/task.ts";
import type { Located } from "../git/repository.ts";
import type { UnaddedSource } from "./source/discovered.ts";

export type { UnaddedSource } from "./source/discovered.ts";

/** Returns [] when open tasks are known, or when the configuration is invalid, which `doctor` reports. */
export async function findUnadded(
  context: CommandContext,
  project: Located,
  { sources }: BriefInput,
): Promise<UnaddedSource[]> {
  if (sources.some(({ counts }) => openCount(counts) > 0)) return [];
  // Import this only when needed, because it doubles the time of the command.
  return (await import("./source/discovered.ts")).listUnadded(context, project).catch(() => []);
}

const maxShown = 3;

/** Returns a line for each of the first places, with the command that adds it. */
export function unaddedLines(unadded: readonly UnaddedSource[]): string[] {
  const more = unadded.length - maxShown;
  const lines = unadded
    .slice(0, maxShown)
    .map(({ words, add }) => (add === null ? words : `${words}: ${add}`));
  return more > 0 ? [...lines, `${more} more: sitrep source discover`] : lines;
}
