// Replaces Node's `Headers` and `Response`, which load all of Node's `fetch`: ten megabytes for names and values.

import { validateHeaderName, validateHeaderValue } from "node:http";
import { Readable } from "node:stream";

type Pairs = Iterable<readonly [string, string]>;

export class Headers {
  readonly #values = new Map<string, string>();

  constructor(given: Pairs | Readonly<Record<string, string>> = {}) {
    const pairs: Pairs = Symbol.iterator in given ? (given as Pairs) : Object.entries(given);
    for (const [name, value] of pairs) this.append(name, value);
  }

  append(name: string, value: string): void {
    const before = this.get(name);
    this.set(name, before === null ? value : `${before}, ${String(value).trim()}`);
  }

  set(name: string, value: string): void {
    const text = String(value).trim();
    validateHeaderName(name);
    validateHeaderValue(name, text);
    this.#values.set(name.toLowerCase(), text);
  }

  get(name: string): string | null {
    return this.#values.get(name.toLowerCase()) ?? null;
  }

  has(name: string): boolean {
    return this.#values.has(name.toLowerCase());
  }

  delete(name: string): void {
    this.#values.delete(name.toLowerCase());
  }

  entries(): IterableIterator<[string, string]> {
    return [...this.#values].toSorted(([a], [b]) => (a < b ? -1 : 1)).values();
  }

  [Symbol.iterator](): IterableIterator<[string, string]> {
    return this.entries();
  }
}

const bodiless = new Set([101, 103, 204, 205, 304]);

interface ResponseOptions {
  status?: number;
  statusText?: string;
  headers?: ConstructorParameters<typeof Headers>[0];
}

export class Response {
  readonly status: number;
  readonly statusText: string;
  readonly headers: Headers;
  #body: ReadableStream<Uint8Array> | null;

  constructor(
    body: ReadableStream<Uint8Array> | string | null = null,
    { status = 200, statusText = "", headers = {} }: ResponseOptions = {},
  ) {
    if (status < 200 || status > 599) throw new RangeError("status must be 200 to 599");
    if (body !== null && bodiless.has(status))
      throw new TypeError("this status cannot have a body");
    this.status = status;
    this.statusText = statusText;
    this.headers = new Headers(headers);
    const isText = typeof body === "string";
    if (isText && !this.headers.has("content-type"))
      this.headers.set("content-type", "text/plain;charset=UTF-8");
    this.#body = isText ? ReadableStream.from([Buffer.from(body)]) : body;
  }

  get ok(): boolean {
    return this.status < 300;
  }

  /** Empty, as for every response that a constructor made. */
  get url(): string {
    return "";
  }

  get body(): ReadableStream<Uint8Array> | null {
    return this.#body;
  }

  get bodyUsed(): boolean {
    // The types of `isDisturbed` accept only streams of `node:stream`.
    return this.#body !== null && Readable.isDisturbed(this.#body as unknown as Readable);
  }

  async text(): Promise<string> {
    this.#requireUnread();
    const parts: Uint8Array[] = [];
    for await (const part of this.#body ?? []) parts.push(part);
    return new TextDecoder().decode(Buffer.concat(parts));
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text());
  }

  clone(): Response {
    this.#requireUnread();
    const [own = null, other = null] = this.#body?.tee() ?? [];
    this.#body = own;
    return new Response(other, this);
  }

  #requireUnread(): void {
    if (this.bodyUsed) throw new TypeError("the body was already read");
  }
}
