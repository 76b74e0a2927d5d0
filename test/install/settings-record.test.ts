// The record of what an install did to a settings file.

import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  sha256,
  readSettingsRecord,
  readSettingsFile,
  recordFile,
  recordedFiles,
  removeSettingsRecord,
  removeSettings,
  writeSettingsRecord,
} from "../../src/install/settings-file.ts";
import type { SettingsRecord } from "../../src/install/settings-file.ts";
import { temporaryFolder } from "../support/temporary.ts";

const aRecord = (overrides: Partial<SettingsRecord> = {}): SettingsRecord => ({
  file: "/home/ana/.claude/settings.json",
  target: "/home/ana/dotfiles/settings.json",
  before: Buffer.from([0xef, 0xbb, 0xbf, 0x7b, 0x7d, 0x0d, 0x0a, 0, 0xff]),
  afterHash: sha256("{}\n"),
  madeFolder: "/home/ana/.claude",
  excludedIn: "/home/ana/shop/.git/info/exclude",
  hasOurRule: true,
  scope: "user",
  ...overrides,
});

describe("the record of a settings file", () => {
  test.each([
    ["every byte from before the install", aRecord()],
    ["that there was no file", aRecord({ before: null })],
    ["that there was an empty file", aRecord({ before: Buffer.alloc(0) })],
    ["that nothing else was made", aRecord({ madeFolder: null, excludedIn: null })],
    ["a file with an odd name", aRecord({ file: '/home/"ana"\n$x/é.json' })],
  ])("gives back %s", (_what, record) => {
    const folder = join(temporaryFolder(), "settings");
    writeSettingsRecord(folder, record);
    expect(readSettingsRecord(folder, record.file)).toEqual(record);
  });

  test("F79: the record of a settings file can be read by its owner only, because settings may hold secrets", () => {
    const folder = join(temporaryFolder(), "settings");
    writeSettingsRecord(folder, aRecord());
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(recordFile(folder, aRecord().file)).mode & 0o777).toBe(0o600);
  });

  test("is kept once for each file, however often it is written", () => {
    const folder = temporaryFolder();
    for (const file of ["/a", "/b", "/a", "/a"]) writeSettingsRecord(folder, aRecord({ file }));
    expect(readdirSync(folder)).toHaveLength(2);
    expect(recordedFiles(folder).toSorted()).toEqual(["/a", "/b"]);
    removeSettingsRecord(folder, "/a");
    removeSettingsRecord(folder, "/a");
    expect(recordedFiles(folder)).toEqual(["/b"]);
    expect(readSettingsRecord(folder, "/a")).toBeNull();
  });

  test.each(["", "{", "[]", "{}", '{"file": "/a"}', '{"file": "/a", "afterHash": 1}'])(
    "counts as missing with the content %j",
    (text) => {
      const folder = temporaryFolder();
      writeFileSync(recordFile(folder, "/a"), text);
      expect(readSettingsRecord(folder, "/a")).toBeNull();
    },
  );

  test("is missing without a folder of records", () => {
    const folder = join(temporaryFolder(), "missing");
    expect(readSettingsRecord(folder, "/a")).toBeNull();
    expect(recordedFiles(folder)).toEqual([]);
  });

  test("is not read from other files", () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, ".draft"), '{"file": ');
    writeSettingsRecord(folder, aRecord({ file: "/a" }));
    expect(recordedFiles(folder)).toEqual(["/a"]);
  });
});

describe("a settings file that an install created", () => {
  test.each([
    { what: "with the folder created for it", others: [], madeFolder: true, isFolderLeft: false },
    {
      what: "without the folder when others use it",
      others: ["x"],
      madeFolder: true,
      isFolderLeft: true,
    },
    {
      what: "without a folder that was there before",
      others: [],
      madeFolder: false,
      isFolderLeft: true,
    },
  ])("is removed $what", ({ others, madeFolder, isFolderLeft }) => {
    const folder = join(temporaryFolder(), ".claude");
    const file = join(folder, "settings.json");
    mkdirSync(folder);
    for (const name of ["settings.json", ...others]) writeFileSync(join(folder, name), "{}");
    removeSettings(readSettingsFile(file), madeFolder ? folder : null);
    expect(existsSync(file)).toBe(false);
    expect(existsSync(folder)).toBe(isFolderLeft);
    expect(isFolderLeft ? readdirSync(folder) : []).toEqual(others);
  });
});
