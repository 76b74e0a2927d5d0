// How places that no source shows are put into words.

import type { Place } from "./places.ts";

const maxNamed = 3;

/** True for what certainly has tasks, or can only be asked. */
export const isWorthOffering = ({ kind, open, add }: Place): boolean =>
  add !== null && (kind !== "file" || (open !== null && open.length > 0));

export function offerWords({ kind, what, open }: Place): string {
  if (kind !== "file") return kind === "server" ? `tasks of ${what}` : what;
  return `${open?.length ?? 0} open task${open?.length === 1 ? "" : "s"} in ${what}`;
}

/** `12 open tasks in TODO.md and GitHub issues of acme/shop-api` */
export function listWords(places: readonly Place[]): string {
  const rest = places.length > maxNamed + 1 ? places.length - maxNamed : 0;
  const words = places.slice(0, places.length - rest).map(offerWords);
  if (rest > 0) words.push(`${rest} other places`);
  return [words.slice(0, -1).join(", "), words.at(-1)].filter(Boolean).join(" and ");
}

/** As a sentence, of those that are worth it; null for none. */
export function unshownWords(places: readonly Place[]): string | null {
  const offered = places.filter(isWorthOffering);
  if (offered.length === 0) return null;
  const isOne = offered.length === 1 && offered[0]?.open?.length === 1;
  return `${listWords(offered)} ${isOne ? "is" : "are"} not shown yet.`;
}
