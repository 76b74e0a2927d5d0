import { findMe, nobodyKnown, personKey, type Identity } from "./identity.ts";
import type { Task } from "./task.ts";

/** `unknown`: it has an assignee, and which of the source's people the user is, is not known. */
export type Owner = "mine" | "nobody" | "others" | "unknown";

export interface SourcePeople {
  /** Those who have had tasks in it, as `personKey` or the source spells them. */
  names: readonly string[];
  me: readonly string[];
  /** Names that the user signed in with, which the source may spell otherwise. */
  likely: readonly string[];
}

export interface Ownership {
  ownerOf: (task: Pick<Task, "assignees">) => Owner;
  /** True where it is known which of the people the user is, or that the user is none of them. */
  isKnown: boolean;
  me: readonly string[];
  /** Somebody who may be the user; null where that is known, or nobody fits. */
  maybe: string | null;
}

export function findOwnership(
  { me = nobodyKnown, people }: { me?: Identity; people?: ReadonlyMap<string, SourcePeople> },
  source: string,
  tasks: Iterable<Pick<Task, "assignees">>,
): Ownership {
  const known = people?.get(source) ?? { names: [], me: [], likely: [] };
  const names = [...known.me, ...known.names, ...[...tasks].flatMap((task) => task.assignees)];
  const given = [...known.me, ...me.given];
  const found = findMe({ given, likely: [...known.likely, ...me.likely] }, names);
  const isKnown = found.me.size > 0 || given.length > 0;
  const isMe = (name: string): boolean => found.me.has(personKey(name));
  return {
    isKnown,
    me: [...new Set(names)].filter(isMe),
    maybe: found.maybe,
    ownerOf: ({ assignees }) => {
      if (assignees.length === 0) return "nobody";
      if (!isKnown) return "unknown";
      return assignees.some(isMe) ? "mine" : "others";
    },
  };
}
