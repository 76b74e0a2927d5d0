import type { SourceType } from "../ports.ts";
import { quoted } from "../quote.ts";
import type { Task } from "./task.ts";

const fields = [
  ["rawStatus", "an unknown status"],
  ["rawPriority", "an unknown priority"],
  ["rawDue", "an unreadable due date"],
] as const;
const maxNamed = 5;

/** `3 of 9 tasks have an unknown status: "Wartet auf Kunde"`, one for each field. */
export const unknownTexts = (tasks: readonly Task[]): string[] =>
  fields.flatMap(([field, called]) => {
    const values = tasks.flatMap((task) => task[field] ?? []);
    if (values.length === 0) return [];
    const names = [...new Set(values)];
    const named = names.slice(0, maxNamed).map((name) => quoted(name, 40));
    const more = names.length > maxNamed ? ` and ${names.length - maxNamed} more` : "";
    const has = values.length === 1 ? "has" : "have";
    return `${values.length} of ${tasks.length} task${tasks.length === 1 ? "" : "s"} ${has} ${called}: ${named.join(", ")}${more}`;
  });

const effect =
  "Unknown values count as pending, no priority or no due date, and the originals are shown.";

/** False for a list in files: mappings apply only to server responses. */
export const canTranslate = (type: SourceType): boolean => type !== "file";

export const unknownFix = (type: SourceType): string =>
  canTranslate(type) ? `${effect} A mapping can translate them: docs/sources.md` : effect;
