// The calendar of this process's time zone. Which instant it is the caller says.

import type { LocalTime } from "./words.ts";

/** The local time of this process's time zone. */
export function localTime(epochMs: number): LocalTime {
  const date = new Date(epochMs);
  return {
    year: date.getFullYear(),
    month: date.getMonth() + 1,
    day: date.getDate(),
    weekday: date.getDay(),
    hour: date.getHours(),
    minute: date.getMinutes(),
  };
}
