// Reads JSON that another process wrote: a field of another shape counts as absent.

export type JsonObject = Readonly<Record<string, unknown>>;

export const readObject = (value: unknown): JsonObject | null =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : null;

/** Undefined for a text that is not JSON. Never throws. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Null for anything but the JSON of an object. Never throws. */
export const parseObject = (text: string | null): JsonObject | null =>
  text === null ? null : readObject(parseJson(text));

export const readString = (value: unknown): string | undefined =>
  typeof value === "string" ? value : undefined;

/** A finite number; strings are not converted, and -0, which JSON cannot carry back, is 0. */
export const readNumber = (value: unknown): number | undefined =>
  typeof value === "number" && Number.isFinite(value) ? value + 0 : undefined;

export const readBoolean = (value: unknown): boolean | undefined =>
  typeof value === "boolean" ? value : undefined;

/** Without the items that `readItem` gives null for; empty for anything but a list. */
export const readItems = <T>(value: unknown, readItem: (item: unknown) => T | null): T[] =>
  Array.isArray(value) ? value.map(readItem).filter((item) => item !== null) : [];

export const readStrings = (value: unknown): string[] =>
  readItems(value, (item) => readString(item) ?? null);

export const readFirst = (from: JsonObject, names: readonly string[]): unknown =>
  names.map((name) => from[name]).find((value) => value !== undefined && value !== null);

export const readOneOf = <const T extends string>(
  value: unknown,
  allowed: readonly T[],
): T | undefined => allowed.find((one) => one === value);

export type Reader<T> = (value: unknown) => T | undefined;

export type Read<R extends Reader<unknown>> = Exclude<ReturnType<R>, undefined>;

type Fields = Readonly<Record<string, Reader<unknown>>>;
type Values<F extends Fields> = { [K in keyof F]: Read<F[K]> };
type Flat<T> = { [K in keyof T]: T[K] };

export function shape<R extends Fields, O extends Fields = Record<never, never>>(
  required: R,
  optional?: O,
): Reader<Flat<Values<R> & Partial<Values<O>>>>;
export function shape(required: Fields, optional: Fields = {}): Reader<object> {
  // At the first value: a hook imports many shapes and reads few.
  let readers: [string, Reader<unknown>][] | undefined;
  return (value) => {
    const from = readObject(value);
    if (from === null) return undefined;
    readers ??= Object.entries({ ...required, ...optional });
    const found: Record<string, unknown> = {};
    for (const [name, read] of readers) {
      const field = read(from[name]);
      if (field !== undefined) found[name] = field;
      else if (Object.hasOwn(required, name)) return undefined;
    }
    return found;
  };
}

export const orElse =
  <T>(read: Reader<T>, fallback: NoInfer<T>): ((value: unknown) => T) =>
  (value) =>
    read(value) ?? fallback;

export const orNull =
  <T>(read: Reader<T>): ((value: unknown) => T | null) =>
  (value) =>
    read(value) ?? null;

export const listOf =
  <T>(read: Reader<T>): Reader<readonly T[]> =>
  (value) =>
    Array.isArray(value) ? value.map(read).filter((item) => item !== undefined) : undefined;

export const recordOf =
  <T>(read: Reader<T>): Reader<Record<string, T>> =>
  (value) => {
    const from = readObject(value);
    if (from === null) return undefined;
    const entries = Object.entries(from).map(([name, one]) => [name, read(one)] as const);
    return Object.fromEntries(entries.filter(([, one]) => one !== undefined)) as Record<string, T>;
  };

export const oneOf =
  <const T extends string>(allowed: readonly T[]): Reader<T> =>
  (value) =>
    readOneOf(value, allowed);

export const within =
  (low: number, high: number): Reader<number> =>
  (value) => {
    const number = readNumber(value);
    return number === undefined ? undefined : Math.min(high, Math.max(low, number));
  };

export const readTexts: Reader<readonly string[]> = listOf(readString);

export const readTrue = (value: unknown): boolean | undefined => value === true || undefined;

export const readFlag: (value: unknown) => boolean = orElse<boolean>(readTrue, false);

export const each = <const K extends string, T>(names: readonly K[], read: Reader<T>) =>
  Object.fromEntries(names.map((name) => [name, read])) as Record<K, Reader<T>>;

/** `sources.0.url: is missing; logLevel: …`. `error`: zod's. */
export function issueText(error: {
  readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[];
}): string {
  return error.issues
    .map(({ path, message }) => `${path.length === 0 ? "" : `${path.join(".")}: `}${message}`)
    .join("; ");
}

export function defined<T extends object>(values: T): { [K in keyof T]?: NonNullable<T[K]> } {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: NonNullable<T[K]> };
}

export function withDefinedFields<T extends object>(
  settings: T,
  given: { readonly [K in keyof T]?: T[K] | undefined },
): T {
  const set = Object.entries(given).filter(
    ([key, value]) => value !== undefined && Object.hasOwn(settings, key),
  );
  return { ...settings, ...Object.fromEntries(set) };
}

/** A copy of plain data with every text, except keys, changed by `change`. */
export function mapTexts<T>(value: T, change: (text: string) => string): T;
export function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return value.map((item) => mapTexts<unknown>(item, change));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, mapTexts<unknown>(item, change)]),
  );
}
