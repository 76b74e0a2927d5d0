// What the hosts' answers have in common: a field's text, and checks counted by their result.

import type { Checks } from "../../core/pull-request/pull-request.ts";
import { readObject, readString } from "../../core/read.ts";

/** Empty for a field without text. */
export const textOf = (from: unknown, key: string): string =>
  readString(readObject(from)?.[key]) ?? "";

export interface FoundCheck {
  name: string;
  /** When it ended, as the host writes it. */
  at: string;
  result: "passed" | "failed" | "pending" | "skipped";
  mayFail?: true;
}

export function checksOf(found: readonly FoundCheck[]): Required<Checks> {
  const countOf = (wanted: FoundCheck["result"]): number =>
    found.filter(({ result }) => result === wanted).length;
  return {
    failed: found.flatMap(({ result, ...check }) => (result === "failed" ? [check] : [])),
    pending: countOf("pending"),
    skipped: countOf("skipped"),
    total: found.length,
  };
}
