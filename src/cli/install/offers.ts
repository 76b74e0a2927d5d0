// The questions of an install about a project's places. It contacts no server until all are answered.

import { openCliCache, loadOwnConfig } from "../../config/command-config.ts";
import { readCache, type CommandContext } from "../../config/context.ts";
import { codeOf, isSitrepError, messageOf } from "../../core/errors.ts";
import type { Located } from "../../git/repository.ts";
import type { FoundSource } from "../../sources/discovery/found-source.ts";
import {
  isWorthOffering,
  offerText,
  discoveryText,
} from "../../sources/discovery/discovery-notice.ts";
import { readNotice, saveNotice } from "../../state/cache/discovery-notices.ts";
import { closing } from "../../state/sqlite/sqlite.ts";
import { addCommand, runDiscovery, addFound } from "../source/discovered.ts";
import { nameStyle } from "../terminal/styles.ts";
import { confirm, printNotice } from "../terminal/terminal.ts";

export const question = (place: FoundSource): string =>
  `Show ${offerText(place)}?${place.consent === null ? "" : ` This ${place.consent}.`}`;

/** Asks about each place. An empty line means yes for a file, which runs and contacts nothing, and no otherwise. */
export async function askForSources(
  context: CommandContext,
  project: Located,
): Promise<FoundSource[]> {
  const wanted: FoundSource[] = [];
  for (const place of (await runDiscovery(context, project)).filter(isWorthOffering)) {
    if (place.source === null) {
      printNotice(`${offerText(place)} needs a token. To use its tasks:`);
      printNotice([nameStyle(`  ${addCommand(place.add)}`)]);
      continue;
    }
    // oxlint-disable-next-line no-await-in-loop -- one question at a time
    if (await confirm(question(place), false, place.kind === "file")) wanted.push(place);
  }
  return wanted;
}

export function wasOffered(context: CommandContext, { project }: Located): boolean {
  try {
    return readCache(context, (db) => readNotice(db, project).isAsked);
  } catch {
    return false;
  }
}

/** Records that the user was asked: sessions no longer mention the places. */
export function recordOffer(context: CommandContext, { project }: Located): void {
  closing(openCliCache(context, loadOwnConfig(context)), (db) =>
    saveNotice(db, project, { ...readNotice(db, project), isAsked: true }, Date.now()),
  );
}

/** Prints one line about the places that an install without questions did not add. */
export async function noticeUnadded(context: CommandContext, project: Located): Promise<void> {
  const places = (await runDiscovery(context, project)).filter(isWorthOffering);
  const words = discoveryText(places);
  const [first, second] = places;
  const own = second === undefined ? addCommand(first?.add ?? null) : null;
  if (words !== null)
    printNotice([`${words} To add them: `, nameStyle(own ?? "sitrep source discover")]);
}

/** Adds the places that the user agreed to. It reports a failure and goes on; Ctrl-C skips the rest. */
export async function addSources(
  context: CommandContext,
  project: Located,
  wanted: readonly FoundSource[],
): Promise<void> {
  for (const [at, place] of wanted.entries()) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- places are added in sequence
      await addFound(context, project, place);
    } catch (error) {
      const isCancelled = codeOf(error) === "cancelled";
      const left = isCancelled ? wanted.slice(at) : [place];
      printNotice(`Not added: ${left.map((one) => one.add?.name).join(", ")}. ${messageOf(error)}`);
      const hint = isSitrepError(error) ? error.hint : undefined;
      if (hint !== undefined) printNotice(`  ${hint}`);
      process.exitCode = isCancelled ? 130 : 1;
      if (isCancelled) return;
    }
  }
}
