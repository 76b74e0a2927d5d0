// The places of a project that no source shows, for the verbs that list and add them.

import type { CommandContext } from "../../config/context.ts";
import { cleanText } from "../../core/quote.ts";
import type { Located } from "../../git/repository.ts";
import { shellWord } from "../../install/entries.ts";
import { findPlaces, type Addition, type Place } from "../../sources/places/places.ts";
import { isWorthOffering, offerWords } from "../../sources/places/unshown.ts";
import type { Line } from "../../state/output/styled.ts";
import { scopeIn } from "../program/verb-context.ts";
import { name as nameStyle } from "../terminal/styles.ts";
import { runAddSource } from "./add.ts";
import { listedEverywhere, sourcesOf } from "./lookup.ts";

/** Throws `config-invalid`. */
export function placesOf(context: CommandContext, project: Located): Promise<Place[]> {
  const scope = scopeIn(project);
  return findPlaces(scope, {
    env: context.env,
    known: sourcesOf(context, scope).map(({ config }) => config),
    names: listedEverywhere(context).map(({ config }) => config.name),
  });
}

const flagOf = (option: string): string =>
  `--${option.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** The command that adds it; null when there is none, or its text is not safe in a command. */
export function addCommand(add: Addition | null, program = "sitrep"): string | null {
  if (add === null) return null;
  const options = Object.entries(add.options).flatMap(([option, value]) => {
    const flag = flagOf(option);
    if (value === true) return [flag];
    return (typeof value === "string" ? [value] : value).flatMap((one) => [flag, one]);
  });
  const end = add.command.length > 0 ? ["--", ...add.command] : [];
  const words = ["source", "add", add.name, ...options, ...end];
  return words.some((word) => cleanText(word, word.length) !== word)
    ? null
    : `${program} ${words.map(shellWord).join(" ")}`;
}

/** `12 open tasks in TODO.md`, or why its tasks are not counted. */
export function placeWords(place: Place): string {
  const { kind, what, open, aside, failure, consent } = place;
  if (kind !== "file") return `${offerWords(place)}. Adding this ${consent}.`;
  if (failure !== null) return `${what}: ${failure}`;
  if (open === null) return `${what}, which is too large to scan`;
  const boxes = aside === 1 ? "1 unchecked box" : `${aside} unchecked boxes`;
  const rest = aside === 0 ? "" : `, and ${boxes} that briefs count but do not list`;
  return open.length === 0 ? `no open tasks in ${what}${rest}` : `${offerWords(place)}${rest}`;
}

/** Each place, and below it the command that adds it. */
export const placeLines = (places: readonly Place[], program?: string): Line[] =>
  places.flatMap((place): Line[] => {
    const command = addCommand(place.add, program);
    return [placeWords(place), ...(command === null ? [] : [["    ", nameStyle(command)]])];
  });

/** For `--json`: without what may hold secrets. */
export const placeValue = (place: Place) => ({
  kind: place.kind,
  what: place.what,
  open: place.open?.length ?? null,
  error: place.failure,
  add: addCommand(place.add),
});

export type Unshown = ReturnType<typeof placeValue> & { words: string };

/** What bare `sitrep` lists: the places that have tasks, or can only be asked. */
export const unshownIn = async (context: CommandContext, project: Located): Promise<Unshown[]> =>
  (await placesOf(context, project))
    .filter(isWorthOffering)
    .map((place) => ({ ...placeValue(place), words: offerWords(place) }));

/** Tests it and adds it, for this project. */
export function takePlace(
  context: CommandContext,
  project: Located,
  { add }: Place,
): Promise<void> {
  const { name = "", options = {}, command = [] } = add ?? {};
  const all = { type: "mcp", test: true, ...options, project: project.worktree };
  return runAddSource(context, name, command, all);
}
