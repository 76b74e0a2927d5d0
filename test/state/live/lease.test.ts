import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  dropLease,
  extendLease,
  isLeaseRunning,
  leaseFile,
  readIdentity,
  takeLease,
} from "../../../src/state/live/lease.ts";
import { listLive, readStamps, removeOldLiveFiles } from "../../../src/state/live/stamps.ts";
import { minute, saturday } from "../../support/builders.ts";
import { temporaryFolder } from "../../support/temporary.ts";

const identity = { pid: 4242, processStart: "boot 77", version: "0.1.0", startedAt: saturday };

describe("the monitor's lease", () => {
  test("the lease runs until the file's modification time", () => {
    const live = temporaryFolder();
    takeLease(live, identity, saturday);
    expect(statSync(leaseFile(live)).mtimeMs).toBe(saturday);
    expect(isLeaseRunning(live, saturday - 1)).toBe(true);
    expect(isLeaseRunning(live, saturday)).toBe(false);
    extendLease(live, saturday + minute);
    expect(isLeaseRunning(live, saturday)).toBe(true);
  });

  test("a removed folder is not created again by the lease", () => {
    const live = join(temporaryFolder(), "live");
    expect(() => takeLease(live, identity, saturday)).toThrow("ENOENT");
    expect(existsSync(live)).toBe(false);
  });

  test("the lease names its holder, even after it expired", () => {
    const live = temporaryFolder();
    takeLease(live, identity, saturday);
    expect(readIdentity(live)).toEqual(identity);
  });

  test("a reader during a renewal finds the old lease, never half of one", () => {
    const live = temporaryFolder();
    takeLease(live, identity, saturday);
    const reader = openSync(leaseFile(live), "r");
    takeLease(live, { ...identity, pid: 4343 }, saturday + minute);
    expect(JSON.parse(readFileSync(reader, "utf8"))).toEqual(identity);
    expect(fstatSync(reader).mtimeMs).toBe(saturday);
    closeSync(reader);
    expect(readIdentity(live)).toEqual({ ...identity, pid: 4343 });
    expect(readdirSync(live)).toEqual(["monitor.alive"]);
  });

  test("a dropped, missing or unreadable lease names nobody", () => {
    const live = temporaryFolder();
    expect(readIdentity(live)).toBeNull();
    expect(isLeaseRunning(live, 0)).toBe(false);
    takeLease(live, identity, saturday);
    dropLease(live);
    expect(readIdentity(live)).toBeNull();
    writeFileSync(leaseFile(live), "rubbish");
    expect(readIdentity(live)).toBeNull();
  });
});

describe("the stamps of sessions", () => {
  function stamp(live: string, id: string, text: string, at: number): void {
    writeFileSync(join(live, id), text);
    utimesSync(join(live, id), at / 1000, at / 1000);
  }

  test("stamps show which sessions are alive, and in which folder", () => {
    const live = temporaryFolder();
    stamp(live, "s1", "/project\0/project/sub\0", saturday);
    stamp(live, "s2", "/project\0\0", saturday);
    stamp(live, "gone", "/project\0/project\0", saturday - 10 * minute);
    const stamps = readStamps(listLive(live), saturday - minute);
    expect(stamps.toSorted((a, b) => (a.sessionId < b.sessionId ? -1 : 1))).toEqual([
      { sessionId: "s1", at: saturday, cwd: "/project/sub" },
      { sessionId: "s2", at: saturday, cwd: "/project" },
    ]);
  });

  test("stamps are not confused with pending news, the monitor's files or folders", () => {
    const live = temporaryFolder();
    stamp(live, "s1.news", "{}", saturday);
    stamp(live, "monitor.alive", "{}", saturday);
    mkdirSync(join(live, "folder"));
    expect(readStamps(listLive(live), 0)).toMatchObject([{ sessionId: "folder", cwd: "" }]);
  });

  test("old stamps and their files are removed, and the lease stays", () => {
    const live = temporaryFolder();
    for (const name of ["s1", "s1.news", "s1.delivered.news.1", "monitor.alive"]) {
      stamp(live, name, "x", saturday - 60 * minute);
    }
    stamp(live, "s2", "x", saturday);
    removeOldLiveFiles(live, saturday - minute);
    expect(readStamps(listLive(live), 0).map((one) => one.sessionId)).toEqual(["s2"]);
    expect(statSync(join(live, "monitor.alive")).isFile()).toBe(true);
  });
});
