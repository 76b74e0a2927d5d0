// What the items of a response lack to be tasks, in words.

import { quoted } from "../quote.ts";
import { readObject } from "../read.ts";
import { missingFields } from "./raw-task.ts";

/** `3 items, none a task: 3 without an id. Fields of the first item: "name, type".`; null if one is a task, or there is none. */
export function missingFieldsText(items: readonly unknown[]): string | null {
  const lacks = items.map((one) => missingFields(one).join(" and "));
  if (lacks.length === 0 || lacks.includes("")) return null;
  const kinds = [...new Set(lacks)].map(
    (kind) => `${lacks.filter((one) => one === kind).length} without ${kind}`,
  );
  const names = Object.keys(readObject(items[0]) ?? {}).join(", ");
  const fields = names === "" ? "none" : quoted(names, 200);
  const count = items.length === 1 ? "1 item, not a task" : `${items.length} items, none a task`;
  return `${count}: ${kinds.join(", ")}. Fields of the first item: ${fields}.`;
}
