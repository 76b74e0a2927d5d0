// An OpenTelemetry collector on loopback. It accepts OTLP as protobuf over HTTP and keeps the spans.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { onTestFinished } from "vitest";

type Value = string | number | boolean | null;

export interface ReceivedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for a root span. */
  readonly parentSpanId: string;
  /** 2: server, 1: internal, 3: client. */
  readonly kind: number;
  readonly attributes: Readonly<Record<string, Value>>;
  readonly isError: boolean;
  readonly durationMs: number;
  readonly resource: Readonly<Record<string, Value>>;
}

type Field = number | bigint | Buffer;

/** Decodes the fields of a protobuf message by number. */
function fieldsOf(bytes: Buffer): Map<number, Field[]> {
  const fields = new Map<number, Field[]>();
  let at = 0;
  const varint = (): number => {
    let [value, shift, byte] = [0, 0, 0];
    do {
      byte = bytes[at++] ?? 0;
      value += (byte & 0x7f) * 2 ** shift;
      shift += 7;
    } while (byte >= 0x80);
    return value;
  };
  const take = (length: number): Buffer => bytes.subarray(at, (at += length));
  while (at < bytes.length) {
    const tag = varint();
    const wire = tag & 7;
    const value =
      wire === 0
        ? varint()
        : wire === 1
          ? take(8).readBigUInt64LE()
          : wire === 2
            ? take(varint())
            : take(4).readUInt32LE();
    const number = tag >>> 3;
    fields.set(number, [...(fields.get(number) ?? []), value]);
  }
  return fields;
}

const messages = (from: Map<number, Field[]>, number: number): Map<number, Field[]>[] =>
  (from.get(number) ?? []).map((one) => fieldsOf(one as Buffer));
const bytesOf = (from: Map<number, Field[]>, number: number): Buffer =>
  (from.get(number)?.[0] as Buffer | undefined) ?? Buffer.alloc(0);

function valueOf(any: Map<number, Field[]>): Value {
  const [text, flag, whole] = [any.get(1)?.[0], any.get(2)?.[0], any.get(3)?.[0]];
  if (text !== undefined) return (text as Buffer).toString();
  if (flag !== undefined) return flag === 1;
  return whole === undefined ? null : Number(whole);
}

const attributesOf = (from: Map<number, Field[]>, number: number): Record<string, Value> =>
  Object.fromEntries(
    messages(from, number).map((pair) => [
      bytesOf(pair, 1).toString(),
      valueOf(fieldsOf(bytesOf(pair, 2))),
    ]),
  );

/** Decodes the spans of an ExportTraceServiceRequest. */
function spansOf(body: Buffer): ReceivedSpan[] {
  return messages(fieldsOf(body), 1).flatMap((resourceSpans) => {
    const resource = attributesOf(fieldsOf(bytesOf(resourceSpans, 1)), 1);
    const spans = messages(resourceSpans, 2).flatMap((scope) => messages(scope, 2));
    return spans.map((span) => ({
      name: bytesOf(span, 5).toString(),
      traceId: bytesOf(span, 1).toString("hex"),
      spanId: bytesOf(span, 2).toString("hex"),
      parentSpanId: bytesOf(span, 4).toString("hex"),
      kind: Number(span.get(6)?.[0] ?? 0),
      attributes: attributesOf(span, 9),
      isError: messages(span, 15).some((status) => status.get(3)?.[0] === 2),
      durationMs: Number((span.get(8)?.[0] as bigint) - (span.get(7)?.[0] as bigint)) / 1e6,
      resource,
    }));
  });
}

export interface TraceCollector {
  readonly url: string;
  readonly spans: readonly ReceivedSpan[];
  /** The exact text of every request body. */
  readonly text: () => string;
  readonly paths: readonly (string | undefined)[];
}

/** Starts a collector. `responses: false`: it never answers. */
export async function startTraceCollector(responses = true): Promise<TraceCollector> {
  const spans: ReceivedSpan[] = [];
  const bodies: Buffer[] = [];
  const paths: (string | undefined)[] = [];
  const server = createServer(async (request, response) => {
    const sent = await buffer(request);
    const body = request.headers["content-encoding"] === "gzip" ? gunzipSync(sent) : sent;
    bodies.push(body);
    paths.push(request.url);
    spans.push(...spansOf(body));
    if (responses) response.writeHead(200, { "content-type": "application/x-protobuf" }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    spans,
    text: () => Buffer.concat(bodies).toString("latin1"),
    paths,
  };
}
