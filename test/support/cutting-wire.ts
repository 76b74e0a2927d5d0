// A relay in front of a real service on loopback. It cuts a write's request or response at any byte.

import { createConnection, createServer, type AddressInfo, type Socket } from "node:net";
import { onTestFinished } from "vitest";

/** The number of bytes that pass, by the sizes of the head and of the whole message. A request never passes whole. */
type Place = (head: number, whole: number) => number;

export interface WireCut {
  of: "request" | "response";
  place: Place;
}

/** All places where a connection can break, in order. */
export const wireCuts = {
  "before the request": { of: "request", place: () => 0 },
  "in the request's first line": { of: "request", place: () => 6 },
  "in the request's head": { of: "request", place: (head) => head >> 1 },
  "after the request's head": { of: "request", place: (head) => head },
  "in the request's body": { of: "request", place: (head, whole) => (head + whole) >> 1 },
  "before the request's last byte": { of: "request", place: (_, whole) => whole - 1 },
  "before the response": { of: "response", place: () => 0 },
  "in the response's first line": { of: "response", place: () => 6 },
  "in the response's head": { of: "response", place: (head) => head >> 1 },
  "after the response's head": { of: "response", place: (head) => head },
  "before the response's last byte": { of: "response", place: (_, whole) => whole - 1 },
} as const satisfies Record<string, WireCut>;
export type WireCutName = keyof typeof wireCuts;

export interface CuttingWire {
  origin: string;
  /** Counts of writes: those that began, and those that reached the service whole (`whole`). */
  begun: number;
  whole: number;
  /** The cut for the next write only. */
  cut: WireCut | null;
  /** The sizes of the last write and of its response in bytes. */
  lengths: { request: number; response: number };
}

interface Message {
  bytes: Buffer;
  head: number;
}

/** Takes the first message from the bytes, once it is complete: by its length, in chunks, or without a body. */
function takeMessage(bytes: Buffer, isAnswer: boolean): Message | null {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) return null;
  const head = end + 4;
  const fields = bytes.subarray(0, head).toString("latin1");
  const given = /^content-length: *(\d+)/im.exec(fields)?.[1];
  const isChunked = /^transfer-encoding: *chunked/im.test(fields);
  const last = isChunked ? bytes.indexOf("0\r\n\r\n", head - 2) + 5 : head + Number(given ?? 0);
  const isOpenEnded =
    isAnswer && given === undefined && !isChunked && !/^HTTP\S* (?:204|304)/.test(fields);
  if (isOpenEnded || last < head || last > bytes.length) return null;
  return { bytes: bytes.subarray(0, last), head };
}

/** Starts a relay and stops it at the end of the test. */
export async function startCuttingWire(
  service: string,
  isWrite: (method: string, path: string, body: string) => boolean,
): Promise<CuttingWire> {
  const { hostname, port } = new URL(service);
  const self: CuttingWire = {
    origin: "",
    begun: 0,
    whole: 0,
    cut: null,
    lengths: { request: 0, response: 0 },
  };
  const open = new Set<Socket>();
  const serve = (client: Socket): void => {
    const upstream = createConnection({ host: hostname, port: Number(port) });
    const end = (): void => void [client, upstream].map((one) => one.destroy());
    for (const one of [client, upstream]) {
      open.add(one);
      one.on("error", end).on("close", end);
    }
    let asked: Buffer = Buffer.alloc(0);
    let answered: Buffer = Buffer.alloc(0);
    /** The cut of the write whose response is awaited; undefined: pass the response on as it arrives. */
    let answerCut: WireCut | null | undefined;
    const passRequest = ({ bytes, head }: Message): void => {
      const [method = "", path = ""] = bytes.subarray(0, head).toString("latin1").split(" ");
      if (!isWrite(method, path, bytes.subarray(head).toString()))
        return void upstream.write(bytes);
      self.begun += 1;
      const { cut } = self;
      self.cut = null;
      self.lengths.request = bytes.length;
      if (cut?.of === "request") {
        const part = bytes.subarray(0, Math.min(cut.place(head, bytes.length), bytes.length - 1));
        return void upstream.write(part, () => setImmediate(end));
      }
      self.whole += 1;
      answerCut = cut;
      upstream.write(bytes);
    };
    client.on("data", (chunk: Buffer) => {
      asked = Buffer.concat([asked, chunk]);
      for (let one = takeMessage(asked, false); one !== null; one = takeMessage(asked, false)) {
        asked = asked.subarray(one.bytes.length);
        passRequest(one);
      }
    });
    upstream.on("data", (chunk: Buffer) => {
      if (answerCut === undefined) return void client.write(chunk);
      answered = Buffer.concat([answered, chunk]);
      const response = takeMessage(answered, true);
      if (response === null) return;
      self.lengths.response = response.bytes.length;
      const cut = answerCut;
      [answerCut, answered] = [undefined, Buffer.alloc(0)];
      if (cut === null) return void client.write(response.bytes);
      const part = response.bytes.subarray(0, cut.place(response.head, response.bytes.length));
      client.write(part, () => setImmediate(end));
    });
  };
  const server = createServer(serve);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  self.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  onTestFinished(() => {
    for (const one of open) one.destroy();
    server.close();
  });
  return self;
}
