// Folders and files of others: what another user of the machine, or a repository, has put in the place of ours.

import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { builtFolder } from "../support/built.ts";
import { prepareInstallation, sessionStartInput, unaligned } from "../support/installation.ts";
import { install } from "../support/installed.ts";
import type { TestInstallation } from "../support/installation.ts";
import { asOtherUser, requireOtherUser } from "../support/settings-machine.ts";
import { temporaryFolder } from "../support/temporary.ts";

/** Opens the state folder to everybody for as long as the test lasts. */
function openToOthers({ state }: TestInstallation): void {
  chmodSync(state, 0o777);
  onTestFinished(() => chmodSync(state, 0o700));
}

const verbs = [
  ["status"],
  ["brief"],
  ["last"],
  ["task", "list"],
  ["source", "list"],
  ["refresh"],
  ["start"],
  ["install", "--yes"],
  ["uninstall", "--yes"],
  ["cache", "stats"],
  ["mcp"],
  ["serve", "key", "list"],
  ["serve"],
];

describe("a state folder that other users control", () => {
  test("A37, B21: commands refuse a SITREP_HOME that another user created, and do not run its source", (context) => {
    requireOtherUser(context);
    const person = prepareInstallation();
    const shared = temporaryFolder();
    chmodSync(shared, 0o1777);
    const home = join(shared, "sitrep");
    const marker = join(temporaryFolder(), "ran");
    const source = { name: "evil", type: "manage-task", command: "/bin/sh" };
    const config = { sources: [{ ...source, args: ["-c", `touch ${marker}`] }] };
    const script =
      'const fs = require("node:fs"); const [, home, text] = process.argv;' +
      "fs.mkdirSync(`${home}/state`, { recursive: true, mode: 0o755 });" +
      "fs.writeFileSync(`${home}/config.json`, text);";
    const text = JSON.stringify(config);
    const [program = "", ...args] = asOtherUser([process.execPath, "-e", script, home, text]);
    execFileSync(program, args);
    const run = (...verb: string[]) =>
      spawnSync(process.execPath, [join(builtFolder, "cli.cjs"), ...verb], {
        cwd: person.project.folder,
        env: { ...person.env, SITREP_HOME: home },
        encoding: "utf8",
        timeout: 60_000,
      });
    for (const verb of verbs) {
      const { status, stdout, stderr } = run(...verb);
      expect([verb, status, stdout]).toEqual([verb, 1, ""]);
      expect(stderr).toContain(`${home}/state belongs to another user.`);
      expect(stderr).toContain("SITREP_HOME");
    }
    const { status, stdout } = run("doctor");
    expect([status, stdout.split("\n").length]).toEqual([1, 3]);
    expect(unaligned(stdout)).toContain(`✗ failed folders ${home}/state belongs to another user.`);
    expect(existsSync(marker)).toBe(false);
    // The control: taken for the person's own, the same folder runs the command.
    execFileSync("chown", ["-R", "0:0", home]);
    run("refresh");
    expect(existsSync(marker)).toBe(true);
  });

  test("A47, B21: hooks print and write nothing in a state folder that others can write, and status and doctor report it", async () => {
    const own = await install({ monitor: false });
    const input = sessionStartInput(own);
    openToOthers(own);
    // What the shell's own git says lies there until a hook has read it.
    const files = () =>
      readdirSync(own.state, { recursive: true, encoding: "utf8" })
        .filter((name) => !/^live\/git\.\d+$/.test(name))
        .toSorted();
    const before = files();
    const { sessionStart } = own.commands();
    expect(await own.hook(sessionStart, input)).toMatchObject({ code: 0, stdout: "", stderr: "" });
    expect(files()).toEqual(before);
    const { code, stderr } = own.sitrep("status");
    expect(code).toBe(1);
    expect(stderr).toContain(`${own.state} is writable by other users.`);
    expect(stderr).toContain(`chmod go-w '${own.state}'`);
    expect(unaligned(own.sitrep("doctor").stdout)).toContain("✗ failed folders ");
    // The control: closed again, the same hook speaks.
    chmodSync(own.state, 0o700);
    const { stdout } = await own.hook(sessionStart, input);
    expect(stdout).toContain("additionalContext");
  });

  test("A37: the monitor and sitrep mcp do not start in a state folder that others can write", async () => {
    const own = await install({ monitor: false });
    openToOthers(own);
    rmSync(own.live, { recursive: true });
    for (const args of [
      ["monitor.cjs", "monitor", "--state", own.state],
      ["mcp.cjs", "--state", own.state],
    ]) {
      const [file = "", ...rest] = args;
      const ran = spawnSync(process.execPath, [join(builtFolder, file), ...rest], {
        cwd: own.project.folder,
        env: own.env,
        encoding: "utf8",
        timeout: 30_000,
      });
      expect(ran.status).toBe(1);
      expect(ran.stderr).toContain("is writable by other users");
    }
    expect(existsSync(own.live)).toBe(false);
  });
});

test("A38, B22: doctor reports a git in a folder that other users can write", () => {
  const own = prepareInstallation();
  const folder = join(temporaryFolder(), "bin");
  mkdirSync(folder);
  copyFileSync("/usr/bin/git", join(folder, "git"));
  chmodSync(join(folder, "git"), 0o755);
  const doctor = (path: string): string =>
    spawnSync(process.execPath, [join(builtFolder, "cli.cjs"), "doctor"], {
      cwd: own.project.folder,
      env: { ...own.env, PATH: path },
      encoding: "utf8",
    }).stdout.replaceAll(/ {2,}/g, " ");
  expect(doctor(`${folder}:/usr/bin:/bin`)).toContain(`✓ ok git `);
  chmodSync(folder, 0o777);
  const told = `! warning git other users can replace ${folder}/git: ${folder} is writable by other users`;
  expect(doctor(`${folder}:/usr/bin:/bin`)).toContain(told);
});

describe("a symlink of the repository in a settings file's path", () => {
  /** A file outside the project, and a link to it where install writes. */
  function linked(own: TestInstallation, name: string): string {
    const target = join(own.home, "outside.json");
    writeFileSync(target, "{}\n");
    const link = join(own.project.folder, name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(target, link);
    return target;
  }

  test.for([".claude/settings.local.json", ".mcp.json"])(
    "A37, B23: a %s behind a symlink out of the project is named by install and not written",
    (name) => {
      const own = prepareInstallation();
      const target = linked(own, name);
      const args = ["install", "--no-monitor", "--mcp"];
      const { code, stderr } = own.sitrep(...args);
      expect(code).toBe(1);
      const what = `${own.project.folder}/${name} is a symlink to ${target}, outside the project.`;
      expect(stderr).toContain(what);
      expect(stderr).toContain("To write to that file, use --yes");
      expect(readFileSync(target, "utf8")).toBe("{}\n");
      expect(own.sitrep(...args, "--dry-run").stderr).toContain(what);
      // The control, and the way for a link of one's own: it is followed when that is said.
      const allowed = own.sitrep(...args, "--yes");
      expect(allowed.stderr).toContain(what);
      expect(readFileSync(target, "utf8")).toContain(own.sitrepHome);
      own.ok("uninstall", "--yes");
      expect(readFileSync(target, "utf8")).toBe("{}\n");
    },
  );

  test("A37: a .claude folder behind a symlink out of the project is refused too", () => {
    const own = prepareInstallation();
    const outside = join(own.home, "outside");
    mkdirSync(outside);
    symlinkSync(outside, join(own.project.folder, ".claude"));
    const what = /is a symlink to .*outside.*, outside the project/;
    expect(own.sitrep("install", "--no-monitor").stderr).toMatch(what);
    expect(own.sitrep("demo").stderr).toMatch(what);
    expect(readdirSync(outside)).toEqual([]);
  });

  test("A37, B23: uninstall does not follow a symlink that was made after the install", async () => {
    const own = await install({ monitor: false });
    const target = join(own.home, "outside.json");
    writeFileSync(target, readFileSync(own.settingsFile));
    const before = readFileSync(target, "utf8");
    rmSync(own.settingsFile);
    symlinkSync(target, own.settingsFile);
    const { stdout, stderr } = own.sitrep("uninstall", "--yes");
    expect(stdout + stderr).toContain(`${own.settingsFile} now links to ${target}.`);
    expect(readFileSync(target, "utf8")).toBe(before);
  });

  test("A13, B23: a .sitrep.json behind a symlink out of the project is named with its target, and never allowed", () => {
    const own = prepareInstallation();
    const target = join(own.home, "outside.json");
    writeFileSync(target, JSON.stringify({ sources: [] }));
    symlinkSync(target, join(own.project.folder, ".sitrep.json"));
    const { code, stderr } = own.sitrep("allow");
    expect(code).toBe(1);
    expect(stderr).toContain(`is a symlink to ${target}, outside the project`);
    // The control: the same file in the project is.
    rmSync(join(own.project.folder, ".sitrep.json"));
    copyFileSync(target, join(own.project.folder, ".sitrep.json"));
    expect(own.sitrep("allow", "--yes").code).toBe(0);
  });
});
