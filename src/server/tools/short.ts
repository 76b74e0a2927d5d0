// Tasks and tickets in a list: a client cuts off long answers, so long descriptions are cut before.

import { cutText } from "../../core/fence.ts";

const longestDescription = 500;

/** As it is, its description at most 500 characters. */
export function short<T extends { description: string | null }>(item: T): T {
  const { description } = item;
  if (description === null || description.length <= longestDescription) return item;
  return { ...item, description: cutText(description, longestDescription) };
}
