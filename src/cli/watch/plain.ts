// Output for screen readers and pipes: prints each row once, and again only when it changes.

import { clockTime } from "../../core/time.ts";
import type { Screen } from "../today.ts";
import { groupsOf } from "./rows.ts";

export interface AnnouncedRow {
  text: string;
  /** Changes when the row must be printed again; ages do not count. */
  state: string;
}

/** Maps each row's key to its text and state. */
export const announcedRows = (screen: Screen): Map<string, AnnouncedRow> =>
  new Map(
    groupsOf(screen, "").flatMap(({ label, rows }) =>
      rows.map(({ key, detail, state }): [string, AnnouncedRow] => [
        key,
        { text: `${label}: ${detail}`, state: `${label} ${state}` },
      ]),
    ),
  );

/** Returns lines for rows that are new, changed or gone. */
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
