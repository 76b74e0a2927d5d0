// Dates that people and servers write: ISO 8601 only. V8 itself takes "sprint 5" for a day in May 2001.

const bareDate = /^(\d{4})-(\d{2})-(\d{2})$/;
const instant = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}/;

/** A day of the calendar. `month` 1-12, `weekday` 0 = Sunday. */
export interface CalendarDay {
  year: number;
  month: number;
  day: number;
  weekday: number;
}

/** The day that a bare date (`2026-12-01`) names, or null for any other text and for a day that is in no calendar. */
export function parseDay(text: string): CalendarDay | null {
  const match = bareDate.exec(text);
  if (match === null) return null;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const date = new Date(Date.UTC(year, month - 1, day));
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null;
  return { year, month, day, weekday: date.getUTCDay() };
}

/** Epoch milliseconds of an instant with a time of day, or null. */
export function parseInstant(text: string): number | null {
  const epochMs = instant.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(epochMs) ? null : epochMs;
}

/** A bare date as it is, an instant as ISO 8601 in UTC; null when the text is neither. */
export function normalDate(text: string): string | null {
  if (parseDay(text) !== null) return text;
  const epochMs = parseInstant(text);
  return epochMs === null ? null : new Date(epochMs).toISOString();
}
