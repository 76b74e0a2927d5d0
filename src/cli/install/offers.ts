// What an install asks about the places of a project. No server is contacted before all questions are answered.

import { openCliCache, configOf } from "../../config/command-config.ts";
import { readCache, type CommandContext } from "../../config/context.ts";
import { codeOf, isSitrepError, messageOf } from "../../core/errors.ts";
import type { Located } from "../../git/repository.ts";
import type { Place } from "../../sources/places/places.ts";
import { isWorthOffering, offerWords, unshownWords } from "../../sources/places/unshown.ts";
import { readUnshown, saveUnshown } from "../../state/cache/unshown.ts";
import { closing } from "../../state/sqlite/sqlite.ts";
import { addCommand, placesOf, takePlace } from "../source/places.ts";
import { name } from "../terminal/styles.ts";
import { confirm, remark } from "../terminal/terminal.ts";

export const question = (place: Place): string =>
  `Show ${offerWords(place)}?${place.consent === null ? "" : ` This ${place.consent}.`}`;

/** Asks about each place; a file, for which nothing is run or contacted, is taken by an empty line. */
export async function askForPlaces(context: CommandContext, project: Located): Promise<Place[]> {
  const wanted: Place[] = [];
  for (const place of (await placesOf(context, project)).filter(isWorthOffering)) {
    if (place.source === null) {
      remark(`${offerWords(place)} needs a token. To use its tasks:`);
      remark([name(`  ${addCommand(place.add)}`)]);
      continue;
    }
    // oxlint-disable-next-line no-await-in-loop -- one question after the other
    if (await confirm(question(place), false, place.kind === "file")) wanted.push(place);
  }
  return wanted;
}

export function wasAsked(context: CommandContext, { project }: Located): boolean {
  try {
    return readCache(context, (db) => readUnshown(db, project).isAsked);
  } catch {
    return false;
  }
}

/** After this no session tells of the places. */
export function noteAsked(context: CommandContext, { project }: Located): void {
  closing(openCliCache(context, configOf(context)), (db) =>
    saveUnshown(db, project, { ...readUnshown(db, project), isAsked: true }, Date.now()),
  );
}

/** For an install that asks nothing: one line on what it did not add. */
export async function remarkUnshown(context: CommandContext, project: Located): Promise<void> {
  const places = (await placesOf(context, project)).filter(isWorthOffering);
  const words = unshownWords(places);
  const [first, second] = places;
  const own = second === undefined ? addCommand(first?.add ?? null) : null;
  if (words !== null) remark([`${words} To add them: `, name(own ?? "sitrep source discover")]);
}

/** Adds what was agreed to. A failure is reported and the next one follows; Ctrl-C skips the rest. */
export async function addPlaces(
  context: CommandContext,
  project: Located,
  wanted: readonly Place[],
): Promise<void> {
  for (const [at, place] of wanted.entries()) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await takePlace(context, project, place);
    } catch (error) {
      const isCancelled = codeOf(error) === "cancelled";
      const left = isCancelled ? wanted.slice(at) : [place];
      remark(`Not added: ${left.map((one) => one.add?.name).join(", ")}. ${messageOf(error)}`);
      const hint = isSitrepError(error) ? error.hint : undefined;
      if (hint !== undefined) remark(`  ${hint}`);
      process.exitCode = isCancelled ? 130 : 1;
      if (isCancelled) return;
    }
  }
}
