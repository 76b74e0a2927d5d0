// Reads ISO 8601 only (V8 reads "sprint 5" as May 2001). No `Intl`: it takes 11 ms to load.

const bareDate = /^(\d{4})-(\d{2})-(\d{2})$/;
const instant = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}/;

/** `month` 1-12, `weekday` 0 = Sunday. */
export interface CalendarDay {
  year: number;
  month: number;
  day: number;
  weekday: number;
}

/** The day of a bare date (`2026-12-01`); null for any other text, or a day that does not exist. */
export function parseDay(text: string): CalendarDay | null {
  const match = bareDate.exec(text);
  if (match === null) return null;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const date = new Date(Date.UTC(year, month - 1, day));
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null;
  return { year, month, day, weekday: date.getUTCDay() };
}

export function parseInstant(text: string): number | null {
  const epochMs = instant.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(epochMs) ? null : epochMs;
}

/** Dates with one possible order of their parts: `24.11.2026`, `2026年11月24日`. Those with slashes are ambiguous. */
const dotted =
  /^(?<d>\d{1,2})\.\s?(?<m>\d{1,2})\.\s?(?<y>\d{4})$|^(?<Y>\d{4})年(?<M>\d{1,2})月(?<D>\d{1,2})日$/;

/** A day as a bare date, an instant as ISO 8601 in UTC; null when the text is neither. */
export function normalDate(given: string): string | null {
  const { d, m, y, D = d, M = m, Y = y } = dotted.exec(given)?.groups ?? {};
  const text = Y === undefined ? given : `${Y}-${M?.padStart(2, "0")}-${D?.padStart(2, "0")}`;
  if (parseDay(text) !== null) return text;
  const epochMs = parseInstant(text);
  return epochMs === null ? null : new Date(epochMs).toISOString();
}

export interface LocalTime extends CalendarDay {
  hour: number;
  minute: number;
}

/** Epoch milliseconds to local time. Nothing else knows the time zone. */
export type Calendar = (epochMs: number) => LocalTime;

const weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const months = /* @__PURE__ */ "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

const dayMs = 86_400_000;
const twoDigits = (value: number): string => String(value).padStart(2, "0");
export const clockTime = (time: LocalTime): string =>
  `${twoDigits(time.hour)}:${twoDigits(time.minute)}`;

/** `2026-11-21`: sorts as the days do. */
export const dayKey = ({ year, month, day }: CalendarDay): string =>
  `${year}-${twoDigits(month)}-${twoDigits(day)}`;

const dayNumber = (time: LocalTime): number =>
  Date.UTC(time.year, time.month - 1, time.day) / dayMs;

const weekday = (time: LocalTime): string => weekdays[time.weekday] ?? "";
/** `21 Nov`. */
export const dayAndMonth = (time: CalendarDay): string =>
  `${time.day} ${months[time.month - 1] ?? ""}`;

/** `Sat 21 Nov 10:02`. */
export const dateLine = (time: LocalTime): string =>
  `${weekday(time)} ${dayAndMonth(time)} ${clockTime(time)}`;

/** `12 s`, `3 min`, `5 h`, `2 d`: whole units, rounded down. */
export function ageText(ageMs: number): string {
  const seconds = Math.floor(ageMs / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

export const agoText = (then: number, now: number): string =>
  `${ageText(Math.max(0, now - then))} ago`;

/** `14:02`, `yesterday 18:20`, `Mon 18:20`, `3 Nov 18:20`, `3 Nov 2025`. */
export function pastTimeText(then: LocalTime, now: LocalTime): string {
  const days = dayNumber(now) - dayNumber(then);
  if (days === 0) return clockTime(then);
  if (days === 1) return `yesterday ${clockTime(then)}`;
  if (days > 1 && days < 7) return `${weekday(then)} ${clockTime(then)}`;
  if (then.year === now.year) return `${dayAndMonth(then)} ${clockTime(then)}`;
  return `${dayAndMonth(then)} ${then.year}`;
}

const minuteOf = (time: LocalTime): number => time.hour * 60 + time.minute;

/** True after the due day, or on it after the due hour if there is one. */
export function isOverdue(due: LocalTime, now: LocalTime): boolean {
  const days = daysUntil(due, now);
  return days < 0 || (days === 0 && minuteOf(due) > 0 && minuteOf(due) < minuteOf(now));
}

/** `overdue since 14:02`, `due today 16:30`, `due tomorrow (22 Nov)`, `due 3 Dec`. */
export function relativeDueText(due: LocalTime, now: LocalTime): string {
  const days = dayNumber(due) - dayNumber(now);
  const year = due.year === now.year ? "" : ` ${due.year}`;
  const name = Math.abs(days) < 7 ? `${weekday(due)} ` : "";
  if (days < 0) return `overdue since ${name}${dayAndMonth(due)}${year}`;
  if (days === 0 && minuteOf(due) === 0) return "due today";
  if (days === 0) return `${isOverdue(due, now) ? "overdue since" : "due today"} ${clockTime(due)}`;
  if (days === 1) return `due tomorrow (${dayAndMonth(due)})`;
  return `due ${name}${dayAndMonth(due)}${year}`;
}

/** A bare date, or midnight UTC as servers write it, is that day in every time zone, without an hour. */
export function dueDay(due: string, calendar: Calendar): LocalTime | null {
  const day = parseDay(due);
  if (day !== null) return { ...day, hour: 0, minute: 0 };
  const epochMs = parseInstant(due);
  if (epochMs === null) return null;
  const named =
    epochMs % dayMs === 0 ? parseDay(new Date(epochMs).toISOString().slice(0, 10)) : null;
  return named === null ? calendar(epochMs) : { ...named, hour: 0, minute: 0 };
}

/** `begins`: when `now`'s local day began, epoch milliseconds. `asDate`: that day as midnight UTC. */
export function dayStart(time: LocalTime, now: number): { begins: number; asDate: number } {
  const minute = Math.floor(now / 60_000) * 60_000;
  return { begins: minute - minuteOf(time) * 60_000, asDate: dayNumber(time) * dayMs };
}

/** Negative when overdue. */
export const daysUntil = (due: LocalTime, now: LocalTime): number =>
  dayNumber(due) - dayNumber(now);

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
