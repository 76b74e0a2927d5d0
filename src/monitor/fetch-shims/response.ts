// The `Response` of the monitor's bundle, as `headers.ts`: what is read of an answer, and no more.

import { Readable } from "node:stream";
import { Headers } from "./headers.ts";

const bodiless = new Set([101, 103, 204, 205, 304]);

export interface ResponseOptions {
  status?: number;
  statusText?: string;
  headers?: ConstructorParameters<typeof Headers>[0];
}

type Body = ReadableStream<Uint8Array> | Uint8Array | string | null;

const streamOf = (bytes: Uint8Array): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start: (controller) => {
      if (bytes.length > 0) controller.enqueue(bytes);
      controller.close();
    },
  });

async function bytesOf(stream: ReadableStream<Uint8Array> | null): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of stream ?? []) parts.push(part);
  return Buffer.concat(parts);
}

export class Response {
  readonly status: number;
  readonly statusText: string;
  readonly headers: Headers;
  readonly type = "default";
  readonly url = "";
  readonly redirected = false;
  #body: ReadableStream<Uint8Array> | null;
  #isUsed = false;

  constructor(body: Body = null, options: ResponseOptions = {}) {
    const { status = 200, statusText = "" } = options;
    if (status < 200 || status > 599) throw new RangeError("not the status of a response");
    if (body !== null && bodiless.has(status)) throw new TypeError("a status without a body");
    this.status = status;
    this.statusText = statusText;
    this.headers = new Headers(options.headers);
    if (typeof body === "string" && !this.headers.has("content-type")) {
      this.headers.set("content-type", "text/plain;charset=UTF-8");
    }
    const isWhole = typeof body === "string" || body instanceof Uint8Array;
    this.#body = isWhole ? streamOf(Buffer.from(body)) : body;
  }

  get ok(): boolean {
    return this.status < 300;
  }

  get body(): ReadableStream<Uint8Array> | null {
    return this.#body;
  }

  get bodyUsed(): boolean {
    // The types know Node's own streams only.
    const stream = this.#body as unknown as Readable | null;
    return this.#isUsed || (stream !== null && Readable.isDisturbed(stream));
  }

  async #bytes(): Promise<Buffer> {
    if (this.bodyUsed || this.#body?.locked === true) throw new TypeError("the body was read");
    this.#isUsed = this.#body !== null;
    return await bytesOf(this.#body);
  }

  async text(): Promise<string> {
    return new TextDecoder().decode(await this.#bytes());
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text());
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    return new Uint8Array(await this.#bytes()).buffer;
  }

  clone(): Response {
    if (this.bodyUsed || this.#body?.locked === true) throw new TypeError("the body was read");
    const [own = null, other = null] = this.#body?.tee() ?? [];
    this.#body = own;
    const { status, statusText, headers } = this;
    return new Response(other, { status, statusText, headers });
  }
}
