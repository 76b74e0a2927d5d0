// What the commands say when the disk is full, the state folder is somebody else's, the cache is locked or a newer version
// has been there: each has its own sentence and its own way out, and what is said to be stored is stored once.

import { execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, onTestFinished, test } from "vitest";
import { builtFolder } from "../support/built.ts";
import { contextOf, sessionStartInput } from "../support/installation.ts";
import { install } from "../support/installed.ts";
import type { Ran, TestInstallation } from "../support/installation.ts";
import { findTool } from "../support/settings-machine.ts";

const isRoot = process.getuid?.() === 0;

async function prepared(): Promise<TestInstallation> {
  const installation = await install({ monitor: false });
  installation.ok("task", "add", "Before the fault");
  return installation;
}

/** A file system of the test's own over the state folder's content. */
function mountOver(folder: string, options: string): void {
  renameSync(folder, `${folder}.copy`);
  mkdirSync(folder, { mode: 0o700 });
  execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", folder]);
  onTestFinished(() => void spawnSync("umount", ["-l", folder]));
  execFileSync("cp", ["-a", `${folder}.copy/.`, folder]);
}

const fill = (folder: string): void =>
  void spawnSync("dd", ["if=/dev/zero", `of=${join(folder, "filler")}`, "bs=4096"]);

/** Makes empty files until there is no room for another. */
function useUpEntries(folder: string): void {
  for (let index = 0; index < 10_000; index += 1) {
    try {
      writeFileSync(join(folder, `entry-${index}`), "", { flag: "wx" });
    } catch {
      return;
    }
  }
}

/** Runs a command as the user with that number. */
function runAs(uid: number, { project, env }: TestInstallation, ...args: string[]): Ran {
  const ran = spawnSync(process.execPath, [join(builtFolder, "cli.cjs"), ...args], {
    cwd: project.folder,
    env,
    encoding: "utf8",
    uid,
    gid: uid,
  });
  return { code: ran.status, stdout: ran.stdout, stderr: ran.stderr, ms: 0 };
}

const commands = [["task", "add", "In the fault"], ["start"], ["refresh"], ["brief"]] as const;

const stack = /backup|\n +at |Error:/;

/** What each command says that needs the state folder, and the doctor; each ends with 1. */
function saidBy(run: (...args: string[]) => Ran): string[] {
  return [...commands, ["doctor"]].map((args) => {
    const { code, stdout, stderr } = run(...args);
    return code === 1 ? `${stdout}${stderr}` : `${args.join(" ")} ended with ${code}`;
  });
}

const titles = (installation: TestInstallation): string[] =>
  (JSON.parse(installation.ok("task", "list", "--json")) as { title: string }[]).map(
    ({ title }) => title,
  );

describe.runIf(isRoot)("a command on a failing disk", () => {
  test("F10: reports a full disk, and keeps the stored tasks", async () => {
    const installation = await prepared();
    mountOver(installation.state, "size=3m");
    fill(installation.state);
    const added = installation.sitrep("task", "add", "In the fault");
    expect(added.stderr).toMatch(/no space left\.\n {2}Free some space there/);
    expect(added.code).toBe(1);
    for (const args of [["refresh"], ["brief"], ["cache", "stats"]] as const) {
      expect(installation.sitrep(...args).stderr).toMatch(
        /^sitrep: The disk that holds .*no space left/,
      );
    }
    expect(installation.sitrep("doctor").stdout).toContain("no space left");
    execFileSync("rm", [join(installation.state, "filler")]);
    expect(titles(installation)).toEqual(["Before the fault"]);
    installation.ok("task", "add", "After the fault");
  });

  test("F13: reports a read-only disk", async () => {
    const installation = await prepared();
    mountOver(installation.state, "size=30m");
    execFileSync("mount", ["-o", "remount,ro", installation.state]);
    for (const said of saidBy(installation.sitrep)) {
      expect(said).toMatch(/is on a read-only file system\.\n/);
      expect(said).not.toMatch(stack);
    }
  });
});

test.runIf(isRoot).each([
  ["file entries", false],
  ["rights to write", true],
])("F11, F12: a session reads the last good tasks on a disk without %s", async (_, isReadOnly) => {
  const installation = await prepared();
  installation.ok("stop");
  mountOver(installation.state, "size=30m,nr_inodes=400");
  for (const side of ["cache.db-wal", "cache.db-shm"])
    rmSync(join(installation.state, side), { force: true });
  if (isReadOnly) execFileSync("mount", ["-o", "remount,ro", installation.state]);
  else useUpEntries(installation.state);
  const ran = await installation.hook(
    installation.commands().sessionStart,
    sessionStartInput(installation),
  );
  expect(contextOf(ran)).toContain("Before the fault");
  expect(ran).toMatchObject({ code: 0, stderr: "" });
  expect(installation.sitrep("status").stdout).toContain("1 open");
});

const sftpServer = "/usr/lib/openssh/sftp-server";

/** A folder seen through sshfs, which talks to the SFTP server by pipes and needs no network. */
async function mountBySsh(from: string, folder: string): Promise<void> {
  const server = spawn(sftpServer, [], { stdio: ["pipe", "pipe", "ignore"] });
  const args = ["-f", "-o", "passive", `localhost:${from}`, folder];
  const client = spawn("sshfs", args, { stdio: [server.stdout, server.stdin, "ignore"] });
  onTestFinished(() => {
    spawnSync("umount", ["-l", folder]);
    for (const child of [client, server]) child.kill();
  });
  await expect.poll(() => readFileSync("/proc/self/mountinfo", "utf8")).toContain(folder);
}

test.runIf(isRoot && existsSync(sftpServer) && findTool("sshfs") !== null)(
  "F17: a session reads and writes the tasks of a home folder on another machine",
  async () => {
    const installation = await prepared();
    installation.ok("stop");
    const away = `${installation.state}.away`;
    renameSync(installation.state, away);
    mkdirSync(installation.state, { mode: 0o700 });
    await mountBySsh(away, installation.state);
    const { sessionStart } = installation.commands();
    const ran = await installation.hook(sessionStart, sessionStartInput(installation));
    expect(ran).toMatchObject({ code: 0, stderr: "" });
    expect(contextOf(ran)).toContain("Before the fault");
    installation.ok("task", "add", "From here");
    expect(titles(installation)).toEqual(["Before the fault", "From here"]);
  },
);

test.runIf(isRoot)("a state folder of another user is reported with both users", async () => {
  const installation = await prepared();
  execFileSync("chmod", ["-R", "go+rX", installation.home, builtFolder]);
  for (const said of saidBy((...args) => runAs(12_345, installation, ...args))) {
    expect(said).toMatch(/is owned by uid 0, but you are uid 12345\.\n/);
    expect(said).not.toMatch(stack);
  }
});

test("F20: data of a newer version is reported, and the suggested commands fix it", async () => {
  const installation = await prepared();
  for (const name of ["cache.db", "tasks.db"]) {
    const db = new Database(join(installation.state, name));
    db.pragma("user_version = 99");
    db.close();
  }
  expect(installation.sitrep("task", "list").stderr).toMatch(
    /newer Sitrep .*\n {2}Install the newer/,
  );
  expect(installation.sitrep("start").stderr).toContain('"sitrep cache clear"');
  expect(installation.sitrep("status").stdout).toContain('"sitrep cache clear"');
  expect(installation.ok("cache", "clear")).toContain("Created a new cache");
  const store = new Database(join(installation.state, "tasks.db"));
  store.pragma("user_version = 2");
  store.close();
  installation.ok("refresh");
  expect(installation.ok("brief")).toContain("Before the fault");
});

test("a task added while the cache is locked is stored once and reported as stored", async () => {
  const installation = await prepared();
  const library = createRequire(import.meta.url).resolve("better-sqlite3");
  const script = `const db = new (require(${JSON.stringify(library)}))(process.argv[1]);
    db.exec("BEGIN EXCLUSIVE"); process.stdout.write("held"); setInterval(() => {}, 1000);`;
  const file = join(installation.state, "cache.db");
  const locker = spawn(process.execPath, ["-e", script, file], { stdio: ["ignore", "pipe", 2] });
  onTestFinished(() => void locker.kill("SIGKILL"));
  await new Promise((resolve) => locker.stdout?.once("data", resolve));
  const added = installation.sitrep("task", "add", "In the fault");
  expect(added).toMatchObject({ code: 0, stdout: expect.stringContaining("Added.") });
  expect(added.stderr).toMatch(/^sitrep: stored; .* locked by another program\.\n$/);
  expect(installation.sitrep("refresh").stderr).toMatch(
    /locked by another program\.\n {2}This command timed out waiting for it/,
  );
  expect(titles(installation)).toEqual(["Before the fault", "In the fault"]);
});
