// Places of a project that are not added as sources, for the commands that list and add them.

import type { CommandContext } from "../../config/context.ts";
import { cleanText } from "../../core/quote.ts";
import type { Located } from "../../git/repository.ts";
import { shellWord } from "../../install/hook-entries.ts";
import { discoverSources } from "../../sources/discovery/discover-sources.ts";
import { isWorthOffering, offerText } from "../../sources/discovery/discovery-notice.ts";
import type { Addition, FoundSource } from "../../sources/discovery/found-source.ts";
import type { Line } from "../../state/output/styled.ts";
import { createScope } from "../program/verb-context.ts";
import { nameStyle } from "../terminal/styles.ts";
import { runAddSource } from "./add.ts";
import { listAllSources, listProjectSources } from "./lookup.ts";

/** Throws `config-invalid`. */
export function runDiscovery(context: CommandContext, project: Located): Promise<FoundSource[]> {
  const scope = createScope(project);
  return discoverSources(scope, {
    env: context.env,
    known: listProjectSources(context, scope).map(({ config }) => config),
    names: listAllSources(context).map(({ config }) => config.name),
  });
}

const flagOf = (option: string): string =>
  `--${option.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** The command that adds a place; null when there is none, or its text is not safe in a command. */
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

/** Returns `12 open tasks in TODO.md`, or why the tasks are not counted. */
export function foundText(place: FoundSource): string {
  const { kind, what, open, aside, failure, consent } = place;
  if (kind !== "file") return `${offerText(place)}. Adding this ${consent}.`;
  if (failure !== null) return failure;
  if (open === null) return `${what}, which is too large to scan`;
  const boxes = aside === 1 ? "1 unchecked box" : `${aside} unchecked boxes`;
  const rest = aside === 0 ? "" : `, and ${boxes} that briefs count but do not list`;
  return open.length === 0 ? `no open tasks in ${what}${rest}` : `${offerText(place)}${rest}`;
}

/** Lists each place, with the command that adds it on the next line. */
export const foundLines = (places: readonly FoundSource[], program?: string): Line[] =>
  places.flatMap((place): Line[] => {
    const command = addCommand(place.add, program);
    return [foundText(place), ...(command === null ? [] : [["    ", nameStyle(command)]])];
  });

/** The value for `--json`, without fields that may hold secrets. */
export const foundJson = (place: FoundSource) => ({
  kind: place.kind,
  what: place.what,
  open: place.open?.length ?? null,
  error: place.failure,
  add: addCommand(place.add),
});

export type UnaddedSource = ReturnType<typeof foundJson> & { words: string };

/** Places that bare `sitrep` lists: those with tasks, and those whose tasks are unknown until Sitrep asks. */
export const listUnadded = async (
  context: CommandContext,
  project: Located,
): Promise<UnaddedSource[]> =>
  (await runDiscovery(context, project))
    .filter(isWorthOffering)
    .map((place) => ({ ...foundJson(place), words: offerText(place) }));

/** Tests a place and adds it as a source of this project. */
export function addFound(
  context: CommandContext,
  project: Located,
  { add }: FoundSource,
): Promise<void> {
  const { name = "", options = {}, command = [] } = add ?? {};
  const all = { type: "mcp", test: true, ...options, project: project.worktree };
  return runAddSource(context, name, command, all);
}
