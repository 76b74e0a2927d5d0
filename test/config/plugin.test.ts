// Whether Claude Code still lists the plugin with a data folder.

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { installedVersions, isPluginInstalled } from "../../src/config/plugin.ts";
import { temporaryFolder } from "../support/temporary.ts";

/** A data folder, and beside it Claude Code's list, as 2.1.329 writes it. */
function aDataFolder(list: string | null, name = "sitrep-my-market"): string {
  const plugins = temporaryFolder();
  const data = join(plugins, "data", name);
  mkdirSync(data, { recursive: true });
  if (list !== null) writeFileSync(join(plugins, "installed_plugins.json"), list);
  return data;
}

const listOf = (plugins: object): string => JSON.stringify({ version: 2, plugins });
const entry = { scope: "user", installPath: "/x", version: "0.1.0" };

describe("the plugin", () => {
  test("is installed in the versions that Claude Code lists, at any scope", () => {
    const list = listOf({
      "sitrep@my.market": [entry, { ...entry, version: "0.2.0" }],
      "a@b": [entry],
    });
    const data = aDataFolder(list);
    expect(installedVersions(data)).toEqual(["0.1.0", "0.2.0"]);
    expect(isPluginInstalled(data)).toBe(true);
  });

  test.each([listOf({}), listOf({ "other@market": [entry] }), listOf({ "sitrep@my.market": [] })])(
    "is not installed when the list lacks it: %s",
    (list) => expect(isPluginInstalled(aDataFolder(list))).toBe(false),
  );

  test.each([null, "", "{", '{"version":9}'])(
    "counts as installed when the list cannot be read: %j",
    (list) => expect(isPluginInstalled(aDataFolder(list))).toBe(true),
  );

  test("counts as installed when it is for one session, which no list has", () => {
    expect(isPluginInstalled(aDataFolder(listOf({}), "sitrep-inline"))).toBe(true);
  });

  test("is not installed without its data folder", () => {
    const data = aDataFolder(listOf({ "sitrep@my.market": [entry] }));
    rmSync(data, { recursive: true });
    expect(isPluginInstalled(data)).toBe(false);
  });
});
