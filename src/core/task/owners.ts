import { findMe, unknownIdentity, personKey, type Identity } from "./identity.ts";
import type { Task } from "./task.ts";

/** `unknown`: it has an assignee, but the user's name in the source is unknown. */
export type Owner = "mine" | "nobody" | "others" | "unknown";

export interface SourcePeople {
  /** People who have had tasks in it, as `personKey` or the source spells them. */
  names: readonly string[];
  me: readonly string[];
  /** Names that the user signed in with, which the source may spell otherwise. */
  likely: readonly string[];
}

export interface OwnerAssignment {
  ownerOf: (task: Pick<Task, "assignees">) => Owner;
  /** True if the user's name in the source is known, or the user is none of its people. */
  isKnown: boolean;
  me: readonly string[];
  /** Somebody who may be the user; null if the user is known, or nobody fits. */
  maybe: string | null;
}

export function findOwnership(
  { me = unknownIdentity, people }: { me?: Identity; people?: ReadonlyMap<string, SourcePeople> },
  source: string,
  tasks: Iterable<Pick<Task, "assignees">>,
): OwnerAssignment {
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
