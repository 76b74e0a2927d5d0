// The `Headers` of the monitor's bundle, by the Fetch standard: the build puts it in the place of Node's own, which loads
// the whole of Node's `fetch`, ten megabytes, for a list of names and values.

const token = /^[!#$%&'*+.^_`|~A-Za-z0-9-]+$/;
const unfit = /[\0\r\n]|[^\0-\xff]/;

const nameOf = (name: string): string => {
  if (token.test(name)) return name.toLowerCase();
  throw new TypeError("not the name of a header");
};

const valueOf = (value: unknown): string => {
  const text = String(value).replaceAll(/^[\t\n\r ]+|[\t\n\r ]+$/g, "");
  if (unfit.test(text)) throw new TypeError("not the value of a header");
  return text;
};

type Pairs = Iterable<readonly [string, string]>;

export class Headers {
  readonly #values = new Map<string, string[]>();

  constructor(given: Pairs | Readonly<Record<string, string>> = {}) {
    const pairs: Pairs = Symbol.iterator in given ? (given as Pairs) : Object.entries(given);
    for (const [name, value] of pairs) this.append(name, value);
  }

  append(name: string, value: string): void {
    const key = nameOf(name);
    this.#values.set(key, [...(this.#values.get(key) ?? []), valueOf(value)]);
  }

  set(name: string, value: string): void {
    this.#values.set(nameOf(name), [valueOf(value)]);
  }

  get(name: string): string | null {
    return this.#values.get(nameOf(name))?.join(", ") ?? null;
  }

  has(name: string): boolean {
    return this.#values.has(nameOf(name));
  }

  delete(name: string): void {
    this.#values.delete(nameOf(name));
  }

  getSetCookie(): string[] {
    return [...(this.#values.get("set-cookie") ?? [])];
  }

  forEach(call: (value: string, name: string, headers: this) => void): void {
    for (const [name, value] of this) call(value, name, this);
  }

  *entries(): Generator<[string, string]> {
    for (const [name, values] of [...this.#values].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
      if (name !== "set-cookie") yield [name, values.join(", ")];
      else for (const value of values) yield [name, value];
    }
  }

  *keys(): Generator<string> {
    for (const [name] of this) yield name;
  }

  *values(): Generator<string> {
    for (const [, value] of this) yield value;
  }

  [Symbol.iterator](): Generator<[string, string]> {
    return this.entries();
  }
}
