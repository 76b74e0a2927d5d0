// Finding and loading the native addon, and refusing where it would crash the process.

import { existsSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  addonCandidates,
  addonFileName,
  loadAddon,
  requireNodeApi,
} from "../../../src/state/sqlite/addon.ts";
import { temporaryFolder } from "../../support/temporary.ts";

describe("requireNodeApi", () => {
  test.each([
    { node: "20.20.2", napi: "9" },
    { node: "18.20.0", napi: "9" },
    { node: "22.13.0", napi: "9" },
    { node: "8.0.0", napi: undefined },
    { node: "strange", napi: "x" },
  ])("F30: refuses Node $node as node-too-old", ({ node, napi }) => {
    expect(() => requireNodeApi(napi, node)).toThrow(
      expect.objectContaining({
        code: "node-too-old",
        // One sentence, with the way out.
        message: expect.stringMatching(`Node ${node}.*install Node 22.14 or later`),
      }),
    );
  });

  test.each([
    { node: "22.14.0", napi: "10" },
    { node: "24.21.0", napi: "10" },
    { node: "30.0.0", napi: "11" },
  ])("accepts Node $node", ({ node, napi }) => {
    expect(() => requireNodeApi(napi, node)).not.toThrow();
  });
});

describe("addonCandidates", () => {
  test("the addon beside the bundle comes first, and missing ones are left out", () => {
    const folder = temporaryFolder();
    expect([...addonCandidates(folder)]).toEqual([]);
    const file = join(folder, addonFileName);
    writeFileSync(file, "");
    expect([...addonCandidates(folder)][0]).toBe(file);
    expect([...addonCandidates(join(folder, "lib"))][0]).toBe(file);
  });

  test("finds the installed package's addon for this machine", () => {
    const found = [...addonCandidates(join(import.meta.dirname, "../../../src/state/sqlite"))];
    expect(found.filter((file) => !existsSync(file))).toEqual([]);
    expect(found.map((file) => basename(file))).toContain(
      `${process.platform}-${process.arch}.node`,
    );
  });
});

test("without a bundle the package finds its addon by itself", () => {
  expect(loadAddon()).toBeUndefined();
});
