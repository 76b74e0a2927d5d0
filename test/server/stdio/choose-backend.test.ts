// Which backend `sitrep mcp` serves: the option, the environment, the project's sources, the embedded store.

import { describe, expect, test } from "vitest";
import { SourceConfig } from "../../../src/config/source-config.ts";
import { chooseBackend } from "../../../src/server/stdio/choose-backend.ts";

const source = (overrides: Record<string, unknown>): SourceConfig =>
  SourceConfig.parse({ name: "one", type: "embedded", ...overrides });
const embedded = source({ name: "embedded" });
const tracking = source({ name: "team", type: "task-tracking", url: "https://tasks.example" });
const linear = source({ name: "linear", type: "mcp", url: "https://x/mcp", preset: "linear" });

const url = { TASK_TRACKING_URL: "http://localhost:9" };
const key = { TASK_TRACKING_API_KEY: "" };

describe("sitrep mcp chooses as backend", () => {
  test.for([
    ["the embedded store with nothing else", {}, {}, [embedded], { kind: "store" }],
    [
      "REST with an address in the environment",
      {},
      url,
      [embedded],
      { kind: "rest", source: null },
    ],
    [
      "REST with a key in the environment, be it empty",
      {},
      key,
      [linear],
      { kind: "rest", source: null },
    ],
    ["REST as a source says", {}, {}, [tracking, embedded], { kind: "rest", source: tracking }],
    [
      "the first source that serves",
      {},
      {},
      [linear, tracking, embedded],
      { kind: "source", source: linear },
    ],
    ["the embedded store where that comes first", {}, {}, [embedded, linear], { kind: "store" }],
    [
      "the flag's, whatever the environment says",
      { backend: "embedded" },
      url,
      [tracking],
      { kind: "store" },
    ],
    [
      "REST by the flag, at the source that is one",
      { backend: "rest" },
      {},
      [linear, tracking],
      { kind: "rest", source: tracking },
    ],
    [
      "REST by the flag, of the environment",
      { backend: "rest" },
      {},
      [linear],
      { kind: "rest", source: null },
    ],
    [
      "a source by its name",
      { source: "linear" },
      url,
      [tracking, linear],
      { kind: "source", source: linear },
    ],
  ] as const)("%s", ([, options, env, sources, choice]) => {
    expect(chooseBackend(options, env, sources)).toEqual(choice);
  });

  test("never a source that is switched off or a fallback, and rejects an unknown name", () => {
    const off = { ...tracking, enabled: false };
    const fallback = { ...linear, fallback: true };
    expect(chooseBackend({}, {}, [off, fallback, embedded])).toEqual({ kind: "store" });
    expect(() => chooseBackend({ source: "x" }, {}, [embedded])).toThrow('no source "x"');
  });
});
