import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { configFile, findFolders, stateFiles } from "../../src/config/folders.ts";
import type { Environment, Folders } from "../../src/config/folders.ts";

const home = "/home/ana";
const linuxDefaults: Folders = {
  config: "/home/ana/.config/sitrep",
  state: "/home/ana/.local/state/sitrep",
  data: "/home/ana/.local/share/sitrep",
};
const allBelow = (root: string): Folders => ({
  config: root,
  state: join(root, "state"),
  data: join(root, "data"),
});

interface Case {
  what: string;
  platform: NodeJS.Platform;
  env: Environment;
  expected: Folders;
}

describe("the folders are", () => {
  test.each<Case>([
    { what: "defaults on Linux", platform: "linux", env: {}, expected: linuxDefaults },
    { what: "defaults on FreeBSD", platform: "freebsd", env: {}, expected: linuxDefaults },
    {
      what: "XDG",
      platform: "linux",
      env: { XDG_CONFIG_HOME: "/c", XDG_STATE_HOME: "/s", XDG_DATA_HOME: "/d" },
      expected: { config: "/c/sitrep", state: "/s/sitrep", data: "/d/sitrep" },
    },
    {
      what: "one of XDG only",
      platform: "linux",
      env: { XDG_STATE_HOME: "/s" },
      expected: { ...linuxDefaults, state: "/s/sitrep" },
    },
    {
      what: "relative and empty ones of XDG, which are ignored",
      platform: "linux",
      env: { XDG_CONFIG_HOME: "c", XDG_STATE_HOME: "./s", XDG_DATA_HOME: "" },
      expected: linuxDefaults,
    },
    {
      what: "a tilde in XDG, which is not an absolute path",
      platform: "linux",
      env: { XDG_CONFIG_HOME: "~/c" },
      expected: linuxDefaults,
    },
    {
      what: "macOS",
      platform: "darwin",
      env: { XDG_CONFIG_HOME: "/c", XDG_STATE_HOME: "/s" },
      expected: allBelow("/home/ana/Library/Application Support/sitrep"),
    },
    {
      what: "Windows",
      platform: "win32",
      env: { APPDATA: "/roaming", LOCALAPPDATA: "/local", XDG_STATE_HOME: "/s" },
      expected: {
        config: "/roaming/sitrep",
        state: "/local/sitrep/state",
        data: "/local/sitrep/data",
      },
    },
    {
      what: "Windows without its variables",
      platform: "win32",
      env: { APPDATA: "", LOCALAPPDATA: "relative" },
      expected: {
        config: "/home/ana/AppData/Roaming/sitrep",
        state: "/home/ana/AppData/Local/sitrep/state",
        data: "/home/ana/AppData/Local/sitrep/data",
      },
    },
    {
      what: "SITREP_HOME before XDG",
      platform: "linux",
      env: { SITREP_HOME: "/own", XDG_STATE_HOME: "/s" },
      expected: allBelow("/own"),
    },
    {
      what: "SITREP_HOME on macOS",
      platform: "darwin",
      env: { SITREP_HOME: "/own" },
      expected: allBelow("/own"),
    },
    {
      what: "SITREP_HOME on Windows",
      platform: "win32",
      env: { SITREP_HOME: "/own", LOCALAPPDATA: "/local" },
      expected: allBelow("/own"),
    },
    {
      what: "a relative SITREP_HOME, from the folder at hand",
      platform: "linux",
      env: { SITREP_HOME: "own/../mine" },
      expected: allBelow(resolve("mine")),
    },
    {
      what: "an empty SITREP_HOME, which is none",
      platform: "linux",
      env: { SITREP_HOME: "" },
      expected: linuxDefaults,
    },
  ])("as expected for $what", ({ platform, env, expected }) => {
    expect(findFolders(env, platform, home)).toEqual(expected);
  });

  test("the parents of every state file, each with a name of its own", () => {
    const { state, ...files } = stateFiles("/s");
    expect(state).toBe("/s");
    const paths = Object.values(files);
    expect(paths.filter((path) => !path.startsWith("/s/"))).toEqual([]);
    expect(new Set(paths).size).toBe(paths.length);
    expect(configFile("/c")).toBe("/c/config.json");
  });
});
