// What the monitor's bundle has in the place of Node's own, held to Node's own.

import { describe, expect, test } from "vitest";
import { Intl as LightIntl } from "../../../src/monitor/fetch-shims/calendar.ts";
import { Headers as LightHeaders } from "../../../src/monitor/fetch-shims/headers.ts";
import { Response as LightResponse } from "../../../src/monitor/fetch-shims/response.ts";

const pairs: [string, string][] = [
  ["X-Two", " a "],
  ["x-two", "b"],
  ["Accept", "*/*"],
  ["Set-Cookie", "a=1"],
  ["Set-Cookie", "b=2"],
];

describe.each([
  { what: "Node's", Headers, Response },
  { what: "the light", Headers: LightHeaders, Response: LightResponse },
])("$what", (own) => {
  test("headers are read and changed by any spelling, and listed in order", () => {
    const headers = new own.Headers(pairs);
    headers.set("ACCEPT", "text/html");
    headers.append("x-three", "3");
    headers.delete("X-Three");
    expect([headers.get("X-TWO"), headers.get("none"), headers.has("accept")]).toEqual([
      "a, b",
      null,
      true,
    ]);
    expect([...headers]).toEqual([
      ["accept", "text/html"],
      ["set-cookie", "a=1"],
      ["set-cookie", "b=2"],
      ["x-two", "a, b"],
    ]);
    expect(headers.getSetCookie()).toEqual(["a=1", "b=2"]);
    expect([...new own.Headers({ a: "1" }).keys()]).toEqual(["a"]);
    expect([...new own.Headers(headers as Headers).values()]).toContain("text/html");
  });

  test.each([
    ["a b", "1"],
    ["", "1"],
    ["a", "1\n2"],
    ["a", "1\0"],
    ["a", "€"],
  ])("%j: %j is no header", (name, value) => {
    expect(() => new own.Headers([[name, value]])).toThrow(TypeError);
  });

  test("an answer is read once, as text, JSON, bytes or a stream", async () => {
    const options = { status: 201, statusText: "Made", headers: { "x-a": "1" } };
    const answer = new own.Response('{"a":"ü"}', options);
    expect([answer.ok, answer.status, answer.statusText, answer.headers.get("x-a")]).toEqual([
      true,
      201,
      "Made",
      "1",
    ]);
    expect(answer.headers.get("content-type")).toBe("text/plain;charset=UTF-8");
    expect(answer.bodyUsed).toBe(false);
    expect(await answer.json()).toEqual({ a: "ü" });
    expect(answer.bodyUsed).toBe(true);
    await expect(answer.text()).rejects.toThrow(TypeError);
    expect(await new own.Response("\uFEFFabc").text()).toBe("abc");
    const parts = [];
    for await (const part of new own.Response("abc").body ?? []) parts.push(...part);
    expect(Buffer.from(parts).toString()).toBe("abc");
    const stream = new ReadableStream<Uint8Array>({
      start: (one) => (one.enqueue(new Uint8Array([97])), one.close()),
    });
    expect((await new own.Response(stream).arrayBuffer()).byteLength).toBe(1);
  });

  test("an answer without a body has none, and a copy is read apart", async () => {
    const none = new own.Response(null, { status: 204 });
    expect([none.body, await none.text(), none.bodyUsed]).toEqual([null, "", false]);
    const one = new own.Response("abc", { status: 404 });
    const copy = one.clone();
    expect([await one.text(), await copy.text(), copy.status]).toEqual(["abc", "abc", 404]);
    expect(() => one.clone()).toThrow(TypeError);
    expect(() => new own.Response("a", { status: 204 })).toThrow(TypeError);
    expect(() => new own.Response(null, { status: 99 })).toThrow(RangeError);
  });
});

test.each(["UTC", "America/St_Johns", "Asia/Kolkata", "Europe/Berlin"])(
  "the parts of an instant in %s are those of Intl",
  (zone) => {
    const before = process.env["TZ"];
    process.env["TZ"] = zone;
    const shapes: Intl.DateTimeFormatOptions[] = [
      {
        year: "numeric",
        month: "2-digit",
        day: "2-digit",
        hour: "2-digit",
        minute: "2-digit",
        second: "2-digit",
        weekday: "short",
        hour12: false,
      },
      { timeZoneName: "shortOffset" },
    ];
    const date = new Date("2026-03-29T00:30:05Z");
    for (const shape of shapes) {
      const light = new LightIntl.DateTimeFormat("en-US").formatToParts(date);
      for (const { type, value } of new Intl.DateTimeFormat("en-US", shape).formatToParts(date)) {
        if (type === "literal") continue;
        const own = light.find((part) => part.type === type)?.value;
        expect([type, own?.padStart(2, "0")]).toEqual([
          type,
          value.padStart(2, "0").replace(/^24$/, "00").replace("\u2212", "-"),
        ]);
      }
    }
    process.env["TZ"] = before;
  },
);
