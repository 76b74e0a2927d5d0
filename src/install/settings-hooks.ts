import type { Node } from "jsonc-parser";
import { entryEvents, type HookEntry } from "./hook-entries.ts";
import { findContainer, cutOut, setValue, replace } from "./settings-text.ts";
import { newFile, parseSettings, plainValue, findValue } from "./settings-text.ts";

/** True for a command of ours: it names the folder of our gates. */
export type IsOwnCommand = (command: string) => boolean;

const form = "https://code.claude.com/docs/en/hooks";

const groupsOf = (file: string, text: string, event: string): Node[] =>
  findContainer(file, parseSettings(file, text), ["hooks", event], "array", form)?.children ?? [];

const handlersOf = (group: Node): Node | undefined =>
  group.type === "object" ? findValue(group, "hooks") : undefined;

function commandsOf(group: Node): string[] {
  return (handlersOf(group)?.children ?? []).map((handler) => {
    if (handler.type !== "object") return "";
    const args = findValue(handler, "args");
    const command = findValue(handler, "command")?.value;
    return JSON.stringify([command, args === undefined ? [] : plainValue(args)]);
  });
}

const isOurGroup = (group: Node, isOurs: IsOwnCommand): boolean => {
  const commands = commandsOf(group);
  return commands.length > 0 && commands.every(isOurs);
};

const ourGroups = (file: string, text: string, event: string, isOurs: IsOwnCommand): Node[] =>
  groupsOf(file, text, event).filter((group) => isOurGroup(group, isOurs));

export const countHooks = (file: string, text: string, isOurs: IsOwnCommand): number =>
  entryEvents
    .flatMap((event) => groupsOf(file, text, event).flatMap(commandsOf))
    .filter((command) => isOurs(command)).length;

/** The text without our commands in groups of others, where somebody has put them. */
function cutMerged(file: string, text: string, event: string, isOurs: IsOwnCommand): string {
  for (const group of groupsOf(file, text, event)) {
    const handler = handlersOf(group)?.children?.[commandsOf(group).findIndex(isOurs)];
    if (handler === undefined || isOurGroup(group, isOurs)) continue;
    return cutMerged(file, cutOut(text, handler), event, isOurs);
  }
  return text;
}

function cutGroups(
  file: string,
  text: string,
  event: string,
  isOurs: IsOwnCommand,
  kept: number,
): string {
  const last = ourGroups(file, text, event, isOurs).slice(kept).at(-1);
  return last === undefined ? text : cutGroups(file, cutOut(text, last), event, isOurs, kept);
}

function putEntry(
  file: string,
  text: string,
  { event, group }: HookEntry,
  isOurs: IsOwnCommand,
  index: number,
): string {
  const present = ourGroups(file, text, event, isOurs)[index];
  if (present === undefined)
    return setValue(text, parseSettings(file, text), ["hooks", event, null], group);
  const isSame = JSON.stringify(plainValue(present)) === JSON.stringify(group);
  return isSame ? text : replace(text, present, group);
}

/** The text with these entries and no others of ours. `text` null: no file. Throws `settings-not-strict`, `settings-unexpected`. */
export function planInstall(
  file: string,
  text: string | null,
  entries: readonly HookEntry[],
  isOurs: IsOwnCommand,
): string {
  let after = text ?? newFile;
  for (const event of entryEvents) {
    const wanted = entries.filter((entry) => entry.event === event);
    after = cutMerged(file, after, event, isOurs);
    for (const [index, entry] of wanted.entries())
      after = putEntry(file, after, entry, isOurs, index);
    after = cutGroups(file, after, event, isOurs, wanted.length);
  }
  return after;
}

/** The text without our hooks; every other byte stays. Throws as `planInstall`. */
export const planUninstall = (file: string, text: string, isOurs: IsOwnCommand): string =>
  planInstall(file, text, [], isOurs);
