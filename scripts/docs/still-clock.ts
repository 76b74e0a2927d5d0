// Stops the wall clock of the program that it is loaded into (`--import`), so that a picture of the program always shows the
// same ages and dates.

/** The moment of all pictures, in epoch milliseconds. */
export const pictureTime: number = Date.UTC(2026, 11, 1, 10, 12);

/** Variables that make a Node process load this file. */
export const stillClock: Readonly<Record<string, string>> = {
  NODE_OPTIONS: `--import=${import.meta.url}`,
  SITREP_STILL_CLOCK: "1",
};

if (process.env["SITREP_STILL_CLOCK"] === "1") {
  globalThis.Date = new Proxy(Date, {
    construct: (target, given: unknown[], by) =>
      Reflect.construct(target, given.length === 0 ? [pictureTime] : given, by) as Date,
    get: (target, name) => (name === "now" ? () => pictureTime : Reflect.get(target, name)),
  });
}
