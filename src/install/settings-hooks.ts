// What the hooks in a settings file become by an install or an uninstall. Pure: text in, text out.

import type { Node } from "jsonc-parser";
import { entryEvents, type HookEntry } from "./entries.ts";
import {
  append,
  cut,
  propertyOf,
  replace,
  valueOf,
  parseSettings,
  plainValue,
  newFile,
  unexpected,
} from "./settings-text.ts";

/** True for a command of ours: it names the folder of our gates. */
export type IsOurs = (command: string) => boolean;

const form = "https://code.claude.com/docs/en/hooks";

/** The `hooks` object of a file, or undefined when it has none. */
function hooksOf(file: string, root: Node): Node | undefined {
  const hooks = valueOf(root, "hooks");
  if (hooks !== undefined && hooks.type !== "object")
    throw unexpected(file, '"hooks" is no object.', form);
  return hooks;
}

/** The `hooks` of a text and in it the groups of one event, each undefined where there is none. */
function groupsIn(
  file: string,
  text: string,
  event: string,
): { root: Node; hooks: Node | undefined; groups: Node | undefined } {
  const root = parseSettings(file, text);
  const hooks = hooksOf(file, root);
  const groups = hooks && valueOf(hooks, event);
  if (groups !== undefined && groups.type !== "array") {
    throw unexpected(file, `"hooks.${event}" is no array.`, form);
  }
  return { root, hooks, groups };
}

const handlersOf = (group: Node): Node | undefined =>
  group.type === "object" ? valueOf(group, "hooks") : undefined;

/** The commands of a group with their arguments, by which our groups are recognised. */
function commandsOf(group: Node): string[] {
  return (handlersOf(group)?.children ?? []).map((handler) => {
    if (handler.type !== "object") return "";
    const args = valueOf(handler, "args");
    const command = valueOf(handler, "command")?.value;
    return JSON.stringify([command, args === undefined ? [] : plainValue(args)]);
  });
}

const isOurGroup = (group: Node, isOurs: IsOurs): boolean => {
  const commands = commandsOf(group);
  return commands.length > 0 && commands.every(isOurs);
};

const sameValue = (left: unknown, right: unknown): boolean =>
  JSON.stringify(left) === JSON.stringify(right);

function addEntry(file: string, text: string, entry: HookEntry): string {
  const { root, hooks, groups } = groupsIn(file, text, entry.event);
  if (hooks === undefined) return append(text, root, "hooks", { [entry.event]: [entry.group] });
  if (groups === undefined) return append(text, hooks, entry.event, [entry.group]);
  return append(text, groups, null, entry.group);
}

/** Our groups of one event in the file, in order. */
function ourGroups(file: string, text: string, event: string, isOurs: IsOurs): Node[] {
  const { groups } = groupsIn(file, text, event);
  return (groups?.children ?? []).filter((group) => isOurGroup(group, isOurs));
}

/** How many hooks of ours a text has. Throws as `planInstall`. */
export function countHooks(file: string, text: string, isOurs: IsOurs): number {
  const commands = entryEvents.flatMap((event) =>
    (groupsIn(file, text, event).groups?.children ?? []).flatMap(commandsOf),
  );
  return commands.filter(isOurs).length;
}

/** The text without our commands in groups that somebody has merged them into; the groups stay theirs. */
function cutMerged(file: string, text: string, event: string, isOurs: IsOurs): string {
  const { groups } = groupsIn(file, text, event);
  for (const group of groups?.children ?? []) {
    const merged = commandsOf(group).findIndex(isOurs);
    const handlers = handlersOf(group);
    const handler = handlers?.children?.[merged];
    if (isOurGroup(group, isOurs) || handlers === undefined || handler === undefined) continue;
    return cutMerged(file, cut(text, handlers, handler), event, isOurs);
  }
  return text;
}

/** The text without a group of ours, and without the containers that it leaves empty. */
function cutGroup(file: string, text: string, event: string, group: Node): string {
  const { root, hooks, groups } = groupsIn(file, text, event);
  const found = groups?.children?.find((child) => child.offset === group.offset);
  if (hooks === undefined || groups === undefined || found === undefined) return text;
  if (groups.children?.length !== 1) return cut(text, groups, found);
  const property = propertyOf(hooks, event);
  if (property === undefined) return text;
  if (hooks.children?.length !== 1) return cut(text, hooks, property);
  const hooksProperty = propertyOf(root, "hooks");
  return hooksProperty === undefined ? text : cut(text, root, hooksProperty);
}

/** The text without anything of ours for one event. */
function cutEvent(file: string, text: string, event: string, isOurs: IsOurs): string {
  let after = cutMerged(file, text, event, isOurs);
  for (const group of ourGroups(file, after, event, isOurs).toReversed()) {
    after = cutGroup(file, after, event, group);
  }
  return after;
}

/**
 * The text with these entries and no others of ours. Null stands for a missing file. Entries of ours that are there already
 * stay where they are, others are replaced or cut. Throws `settings-not-strict` or `settings-unexpected`.
 */
export function planInstall(
  file: string,
  text: string | null,
  entries: readonly HookEntry[],
  isOurs: IsOurs,
): string {
  let after = text ?? newFile;
  parseSettings(file, after);
  for (const event of entryEvents) {
    const wanted = entries.filter((entry) => entry.event === event);
    if (wanted.length === 0) {
      after = cutEvent(file, after, event, isOurs);
      continue;
    }
    after = cutMerged(file, after, event, isOurs);
    for (const [index, entry] of wanted.entries()) {
      const present = ourGroups(file, after, event, isOurs)[index];
      if (present === undefined) after = addEntry(file, after, entry);
      else if (!sameValue(plainValue(present), entry.group))
        after = replace(after, present, entry.group);
    }
    const surplus = ourGroups(file, after, event, isOurs).slice(wanted.length).toReversed();
    for (const group of surplus) after = cutGroup(file, after, event, group);
  }
  return after;
}

/** The text without anything of ours; every other byte stays. Throws as `planInstall`. */
export function planUninstall(file: string, text: string, isOurs: IsOurs): string {
  let after = text;
  for (const event of entryEvents) after = cutEvent(file, after, event, isOurs);
  return after;
}
