// Common parts of the hosts' responses: the choice of the pull request, its checks by result, and other people's comments.

import type { Checks, PullRequest, ReviewComment } from "../../core/pull-request/pull-request.ts";
import { readItems, readNumber, readObject, readString, type JsonObject } from "../../core/read.ts";

/** Empty for a field without text. */
export const textOf = (from: unknown, key: string): string =>
  readString(readObject(from)?.[key]) ?? "";

export const itemsIn = (value: unknown): JsonObject[] => readItems(value, readObject);

export const isSame = (one: string, other: string): boolean =>
  one.toLowerCase() === other.toLowerCase();

interface Chosen {
  pull: JsonObject;
  number: number;
  /** The numbers of the other open ones. */
  others: number[];
}

/** The open one that was known before, else the first. */
export function choose(open: JsonObject[], key: string, known: number | null): Chosen | null {
  const all = open.flatMap((pull) => {
    const number = readNumber(pull[key]);
    return number === undefined ? [] : [{ pull, number }];
  });
  const chosen = all.find(({ number }) => number === known) ?? all[0];
  if (chosen === undefined) return null;
  return { ...chosen, others: all.filter((one) => one !== chosen).map(({ number }) => number) };
}

export function endedPull(
  named: Pick<PullRequest, "form" | "number">,
  { isMerged, head, at }: { isMerged: boolean; head: string; at: string },
): PullRequest {
  const endedAt = Date.parse(at);
  const state = isMerged ? "merged" : "closed";
  return { ...named, state, head, ...(Number.isNaN(endedAt) ? {} : { endedAt }) };
}

export interface FoundCheck {
  name: string;
  /** When it ended, as the host writes it. */
  at: string;
  result: "passed" | "failed" | "allowed" | "cancelled" | "pending" | "skipped";
}

export function checksOf(found: readonly FoundCheck[]): Required<Checks> {
  const countOf = (wanted: FoundCheck["result"]): number =>
    found.filter(({ result }) => result === wanted).length;
  const failed = found.flatMap(({ result, name, at }) => {
    if (result === "failed") return [{ name, at }];
    return result === "allowed" || result === "cancelled" ? [{ name, at, as: result }] : [];
  });
  return { failed, pending: countOf("pending"), skipped: countOf("skipped"), total: found.length };
}

type FoundComment = Omit<ReviewComment, "id" | "at"> & { id: unknown; at: string };

/** Newest first, without those by `me`; one without a date is left out. */
export const commentsOf = (found: readonly FoundComment[], me: string): ReviewComment[] =>
  found
    .map(({ id, at, author, ...more }) => {
      return { ...more, id: String(id), author: author || "somebody", at: Date.parse(at) };
    })
    .filter(({ at, author }) => !Number.isNaN(at) && (me === "" || author !== me))
    .toSorted((one, other) => other.at - one.at);
