// Reads single fields out of JSON that is not to be trusted: what has another shape counts as absent.

export type JsonObject = Readonly<Record<string, unknown>>;

export function readObject(value: unknown): JsonObject | null {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : null;
}

/** The value of a JSON text; undefined for any other text. Never throws. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The parsed object, or null for anything else and for no text. Never throws. */
export const parseObject = (text: string | null): JsonObject | null =>
  text === null ? null : readObject(parseJson(text));

export function readString(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** A finite number; strings are not converted, and -0, which JSON cannot carry back, is 0. */
export function readNumber(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value + 0 : undefined;
}

export function readBoolean(value: unknown): boolean | undefined {
  return typeof value === "boolean" ? value : undefined;
}

/** The number moved into its range; `fallback` for anything else. */
export function readWithin(value: unknown, low: number, high: number, fallback: number): number {
  const number = readNumber(value);
  return number === undefined ? fallback : Math.min(high, Math.max(low, number));
}

/** The items that `readItem` can read; what it gives null for is left out, as is anything but a list. */
export function readItems<T>(value: unknown, readItem: (item: unknown) => T | null): T[] {
  return Array.isArray(value) ? value.map(readItem).filter((item) => item !== null) : [];
}

export function readStrings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

/** The value of the first of these names that has one. */
export const readFirst = (from: JsonObject, names: readonly string[]): unknown =>
  names.map((name) => from[name]).find((value) => value !== undefined && value !== null);

/** The value when it is one of `allowed`, else undefined. */
export function readOneOf<const T extends string>(
  value: unknown,
  allowed: readonly T[],
): T | undefined {
  return allowed.find((one) => one === value);
}

/** What a schema found wrong, in one line: `sources.0.url: is missing; logLevel: …`. `error`: zod's. */
export function issueText(error: {
  readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[];
}): string {
  return error.issues
    .map(({ path, message }) => `${path.length === 0 ? "" : `${path.join(".")}: `}${message}`)
    .join("; ");
}

/** The properties that are not undefined. */
export function defined<T extends object>(values: T): { [K in keyof T]?: NonNullable<T[K]> } {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: NonNullable<T[K]> };
}

/** The settings with those that are given in place of the others. */
export function withGiven<T extends object>(
  settings: T,
  given: { readonly [K in keyof T]?: T[K] | undefined },
): T {
  const set = Object.entries(given).filter(
    ([key, value]) => value !== undefined && Object.hasOwn(settings, key),
  );
  return { ...settings, ...Object.fromEntries(set) };
}

/** A copy of plain data in which every text, keys excepted, is as `change` gives it. */
export function mapTexts<T>(value: T, change: (text: string) => string): T;
export function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return value.map((item) => mapTexts<unknown>(item, change));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, mapTexts<unknown>(item, change)]),
  );
}
