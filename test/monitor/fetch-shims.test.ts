// The shims that the monitor's bundle has in place of Node's own, compared with Node's own.

import { describe, expect, test } from "vitest";
import { Intl as IntlShim } from "../../src/monitor/fetch-shims/calendar.ts";
import {
  Headers as HeadersShim,
  Response as ResponseShim,
} from "../../src/monitor/fetch-shims/fetch.ts";

const pairs: [string, string][] = [
  ["X-Two", " a "],
  ["x-two", "b"],
  ["Accept", "*/*"],
];

describe.each([
  { what: "Node's", Headers, Response },
  { what: "the shims'", Headers: HeadersShim, Response: ResponseShim },
])("$what Headers and Response", (own) => {
  test("read and change headers in any capitalization, and list them in order", () => {
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
      ["x-two", "a, b"],
    ]);
    expect([...new own.Headers({ a: "1" }).entries()]).toEqual([["a", "1"]]);
    expect(new own.Headers(headers as Headers).get("accept")).toBe("text/html");
  });

  test.each([
    ["a b", "1"],
    ["", "1"],
    ["a", "1\n2"],
    ["a", "1\0"],
    ["a", "€"],
  ])("reject the header %j: %j", (name, value) => {
    expect(() => new own.Headers([[name, value]])).toThrow(TypeError);
  });

  test("give a body once, as text, JSON or a stream", async () => {
    const options = { status: 201, statusText: "Made", headers: { "x-a": "1" } };
    const response = new own.Response('{"a":"ü"}', options);
    expect([
      response.ok,
      response.status,
      response.statusText,
      response.headers.get("x-a"),
    ]).toEqual([true, 201, "Made", "1"]);
    expect(response.headers.get("content-type")).toBe("text/plain;charset=UTF-8");
    expect(response.url).toBe("");
    expect(response.bodyUsed).toBe(false);
    expect(await response.json()).toEqual({ a: "ü" });
    expect(response.bodyUsed).toBe(true);
    await expect(response.text()).rejects.toThrow(TypeError);
    expect(await new own.Response("\uFEFFabc").text()).toBe("abc");
    const parts = [];
    for await (const part of new own.Response("abc").body ?? []) parts.push(...part);
    expect(Buffer.from(parts).toString()).toBe("abc");
    const stream = new ReadableStream<Uint8Array>({
      start: (one) => (one.enqueue(new Uint8Array([97])), one.close()),
    });
    expect(await new own.Response(stream).text()).toBe("a");
  });

  test("give no body for a 204, and let a clone be read separately", async () => {
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
  "the Intl shim gives the parts of an instant in %s as Node's does",
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
      const shim = new IntlShim.DateTimeFormat("en-US").formatToParts(date);
      for (const { type, value } of new Intl.DateTimeFormat("en-US", shape).formatToParts(date)) {
        if (type === "literal") continue;
        const own = shim.find((part) => part.type === type)?.value;
        expect([type, own?.padStart(2, "0")]).toEqual([
          type,
          value.padStart(2, "0").replace(/^24$/, "00").replace("\u2212", "-"),
        ]);
      }
    }
    process.env["TZ"] = before;
  },
);
