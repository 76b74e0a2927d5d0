// What others wrote, inside of data: texts keep their length and lines, and lose what cannot be seen.

import { visibleText } from "./fence.ts";

/** A copy of plain data in which every text, keys excepted, is as `visibleText` gives it. */
export function cleanData<T>(value: T): T;
export function cleanData(value: unknown): unknown {
  if (typeof value === "string") return visibleText(value);
  if (Array.isArray(value)) return value.map((item) => cleanData(item));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, cleanData(item)]));
}
