// Replaces Node's `Intl` for node-cron, because Node's loads eight megabytes of calendars.

const weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

class DateTimeFormat {
  constructor(_locale: string, { timeZone }: { timeZone?: string } = {}) {
    if (timeZone !== undefined) throw new RangeError("only local time is supported");
  }

  formatToParts(date: Date): { type: string; value: string }[] {
    const west = date.getTimezoneOffset();
    const minutes = Math.abs(west);
    const rest = minutes % 60 === 0 ? "" : `:${String(minutes % 60).padStart(2, "0")}`;
    const zone = `${west > 0 ? "-" : "+"}${Math.floor(minutes / 60)}${rest}`;
    const parts = {
      year: date.getFullYear(),
      month: date.getMonth() + 1,
      day: date.getDate(),
      weekday: weekdays[date.getDay()] ?? "",
      hour: date.getHours(),
      minute: date.getMinutes(),
      second: date.getSeconds(),
      timeZoneName: `GMT${zone}`,
    };
    return Object.entries(parts).map(([type, value]) => ({ type, value: String(value) }));
  }
}

export const Intl = { DateTimeFormat };
