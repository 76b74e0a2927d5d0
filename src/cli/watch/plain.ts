// For screen readers and pipes: a line for each thing, and again only for what has changed.

import { clockTime } from "../../core/time.ts";
import type { Screen } from "../today.ts";
import { groupsOf } from "./rows.ts";

export interface AnnouncedRow {
  text: string;
  /** Differs when there is something to say again; ages do not count. */
  state: string;
}

/** By row. */
export const announcedRows = (screen: Screen): Map<string, AnnouncedRow> =>
  new Map(
    groupsOf(screen, "").flatMap(({ label, rows }) =>
      rows.map(({ key, detail, state }): [string, AnnouncedRow] => [
        key,
        { text: `${label}: ${detail}`, state: `${label} ${state}` },
      ]),
    ),
  );

/** The lines for what is new, has changed or is gone. */
export function newLines(
  before: ReadonlyMap<string, AnnouncedRow>,
  after: ReadonlyMap<string, AnnouncedRow>,
  { brief: { calendar, now } }: Screen,
): string[] {
  const time = clockTime(calendar(now));
  const changed = [...after].filter(([key, { state }]) => before.get(key)?.state !== state);
  const gone = [...before].filter(([key]) => !after.has(key));
  return [
    ...changed.map(([, { text }]) => `${time} ${text}`),
    ...gone.map(([, { text }]) => `${time} Gone: ${text.replace(/^\w+: /, "")}`),
  ];
}
