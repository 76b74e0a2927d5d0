// The doctor on setups that are really broken: each fault is named, and its command, run as printed, fixes it.

import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { readInstallation } from "../../src/config/installation.ts";
import { appendFailure } from "../../src/hooks/failure-log.ts";
import { builtFolder } from "../support/built.ts";
import {
  monitorOf,
  prepareInstallation,
  runShell,
  type Ran,
  type TestInstallation,
} from "../support/installation.ts";
import { install } from "../support/installed.ts";
import { aHome, buildPlugin } from "../support/plugin.ts";

interface Check {
  name: string;
  state: "ok" | "warning" | "failed";
  detail: string;
  fix?: string;
  isSafe?: boolean;
}

const doctorLine = `'${process.execPath}' '${join(builtFolder, "cli.cjs")}' doctor`;

interface Room {
  /** The environment of the shell that runs the commands. */
  env?: Record<string, string>;
  /** Typed at the command. */
  input?: string;
  /** Makes the fix possible. */
  before?: () => Promise<void>;
}

const inShell = (
  { project, env }: TestInstallation,
  line: string,
  { env: more = {}, input = "" }: Room = {},
): Promise<Ran> => runShell(line, { cwd: project.folder, env: { ...env, ...more }, input });

/** The checks that are not ok. `before`: run first, in the same shell. */
async function wrongIn(context: TestInstallation, room: Room = {}, before = ":"): Promise<Check[]> {
  const ran = await inShell(context, `${before} >&2\n${doctorLine} --json`, room);
  const checks = JSON.parse(ran.stdout) as Check[];
  return checks.filter(({ state }) => state !== "ok");
}

const edit = (file: string, change: (text: string) => string): void =>
  writeFileSync(file, change(readFileSync(file, "utf8")));

/** An editor that restores the file. */
function editorFor(context: TestInstallation, file: string): Record<string, string> {
  cpSync(file, join(context.home, "as-it-was"));
  const editor = join(context.home, "editor.sh");
  writeFileSync(editor, `#!/bin/sh\ncp '${join(context.home, "as-it-was")}' "$1"\n`, {
    mode: 0o755,
  });
  return { EDITOR: editor };
}

const versionOf = ({ state }: TestInstallation): string =>
  readInstallation(join(state, "installation.json"))?.folder ?? "";

/** Writes a new file: the monitor has the old one mapped. */
function replaceAddon(context: TestInstallation, change: (bytes: Buffer) => Buffer): void {
  const file = join(versionOf(context), "better_sqlite3.node");
  const bytes = readFileSync(file);
  rmSync(file);
  writeFileSync(file, change(bytes));
}

/** A task service that can be away, or ask to wait. */
async function aService(): Promise<{
  url: string;
  down: () => Promise<void>;
  up: () => Promise<void>;
  /** Answers 429 with this Retry-After; gives the number of requests since. */
  busy: (seconds: number) => () => number;
}> {
  let wait: number | null = null;
  let asked = 0;
  const open = (port: number): Promise<Server> =>
    new Promise((resolve) => {
      const server = createServer((request, response) => {
        asked += 1;
        if (wait !== null) return response.writeHead(429, { "retry-after": String(wait) }).end();
        const isKnown = request.headers.authorization !== "Bearer wrong";
        response.writeHead(isKnown ? 200 : 401, { "content-type": "application/json" });
        return response.end(isKnown ? "[]" : '{"error":"no"}');
      });
      server.listen(port, "127.0.0.1", () => resolve(server));
    });
  let server = await open(0);
  const address = server.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;
  const down = (): Promise<void> =>
    new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  onTestFinished(() => void server.close());
  return {
    url: `http://127.0.0.1:${port}`,
    down,
    up: async () => void (server = await open(port)),
    busy: (seconds) => {
      wait = seconds;
      asked = 0;
      return () => asked;
    },
  };
}

/** Runs a command without blocking the server of this process. */
const sitrep = async (context: TestInstallation, words: string, room: Room = {}): Promise<Ran> =>
  await inShell(context, `'${process.execPath}' '${join(builtFolder, "cli.cjs")}' ${words}`, room);

type Broken = readonly [
  what: string,
  breakIt: (context: TestInstallation) => Room | void | Promise<Room | void>,
  /** The checks that report it. */
  names: readonly string[],
  fix: RegExp,
  /** Whether `--fix` runs it. */
  isSafe: boolean,
];

const isRoot = process.getuid?.() === 0;
const broken: readonly Broken[] = [
  ["Sitrep is off everywhere", (c) => void c.ok("off"), ["switches"], /sitrep on$/, false],
  [
    "Sitrep is off in this project",
    (c) => void c.ok("off", "--project", "."),
    ["switches"],
    /sitrep on --project \S+$/,
    false,
  ],
  [
    "SITREP_OFF is set",
    () => ({ env: { SITREP_OFF: "1" } }),
    ["switches"],
    /^unset SITREP_OFF$/,
    false,
  ],
  [
    "a hook entry is there twice",
    ({ settingsFile }) =>
      edit(settingsFile, (text) => {
        const settings = JSON.parse(text) as { hooks: { SessionStart: unknown[] } };
        settings.hooks.SessionStart.push(settings.hooks.SessionStart[0]);
        return JSON.stringify(settings, null, 2);
      }),
    ["settings"],
    /install --project \S+ --yes$/,
    true,
  ],
  [
    "a hook entry was changed",
    ({ settingsFile }) =>
      edit(settingsFile, (text) => text.replace('"timeout": 10', '"timeout": 3')),
    ["settings"],
    /install --project \S+ --yes$/,
    true,
  ],
  [
    "the entries were removed by hand",
    ({ settingsFile }) => writeFileSync(settingsFile, "{}"),
    ["settings"],
    /install --project \S+ --yes$/,
    false,
  ],
  [
    "another installation has entries beside ours",
    async (context) => {
      const other = join(context.home, "other");
      await sitrep(context, "install --yes --no-monitor", { env: { SITREP_HOME: other } });
    },
    ["settings"],
    /^env SITREP_HOME=\S+ \S+ uninstall --project \S+ --yes$/,
    false,
  ],
  [
    "the settings file has a comment, so Claude Code ignores it",
    (context) => {
      const room = { env: editorFor(context, context.settingsFile) };
      edit(context.settingsFile, (text) => text.replace("{", "{ // mine\n"));
      return room;
    },
    ["settings"],
    /^\$\{EDITOR:-vi\} \S+settings\.local\.json$/,
    false,
  ],
  [
    "disableAllHooks is set",
    (context) => {
      const file = join(context.home, ".claude/settings.json");
      mkdirSync(join(context.home, ".claude"));
      writeFileSync(file, "{}");
      const room = { env: editorFor(context, file) };
      writeFileSync(file, '{"disableAllHooks": true}');
      return room;
    },
    ["Claude Code"],
    /^\$\{EDITOR:-vi\} \S+settings\.json$/,
    false,
  ],
  [
    "a gate is missing",
    ({ state }) => rmSync(join(state, "gates/pre-tool-use.sh")),
    ["installed files"],
    /install --project \S+ --yes$/,
    true,
  ],
  [
    "the folder of the version is missing",
    (context) => rmSync(versionOf(context), { recursive: true }),
    ["installed files"],
    /install --project \S+ --yes$/,
    true,
  ],
  [
    "the Node of the hooks is missing",
    ({ state }) => rmSync(readInstallation(join(state, "installation.json"))?.node ?? ""),
    ["installed files"],
    /install --project \S+ --yes$/,
    true,
  ],
  [
    "the addon is truncated",
    (context) => replaceAddon(context, (bytes) => bytes.subarray(0, 1000)),
    ["addon"],
    /install --project \S+ --yes$/,
    true,
  ],
  [
    "the addon has the right length and the wrong content",
    (context) => replaceAddon(context, (bytes) => bytes.fill(0, 0, 4096)),
    ["addon"],
    /install --project \S+ --yes$/,
    true,
  ],
  [
    "the cache is corrupt",
    async (context) => {
      context.ok("stop");
      writeFileSync(
        join(context.state, "cache.db"),
        "no database, but long enough to be read as one",
      );
    },
    ["cache", "monitor"],
    /sitrep cache clear$/,
    true,
  ],
  [
    "the cache is missing",
    (context) => {
      context.ok("stop");
      for (const end of ["", "-wal", "-shm"])
        rmSync(join(context.state, `cache.db${end}`), { force: true });
    },
    ["cache", "monitor"],
    /sitrep refresh --project \S+$/,
    true,
  ],
  [
    "the state folder is open to others",
    ({ state }) => chmodSync(state, 0o755),
    ["state folder"],
    /^chmod 700 \S+$/,
    true,
  ],
  [
    "other users can write the state folder",
    ({ state }) => chmodSync(state, 0o777),
    ["folders"],
    /^chmod 700 \S+$/,
    false,
  ],
  [
    "other users can read a token",
    ({ state }) => {
      mkdirSync(join(state, "tokens"), { mode: 0o700 });
      writeFileSync(join(state, "tokens/one.json"), "{}", { mode: 0o644 });
    },
    ["secrets"],
    /^chmod 600 \S+$/,
    true,
  ],
  [
    "the monitor was killed",
    async (context) => process.kill(await monitorOf(context), "SIGKILL"),
    ["monitor"],
    /sitrep start$/,
    true,
  ],
  [
    "the monitor is stuck",
    async (context) => {
      const pid = await monitorOf(context);
      process.kill(pid, "SIGSTOP");
      const told = async () => (await wrongIn(context)).map(({ name }) => name);
      await expect.poll(told).toEqual(["monitor"]);
    },
    ["monitor"],
    /sitrep restart$/,
    true,
  ],
  [
    "config.json is invalid",
    (context) => {
      const file = join(context.sitrepHome, "config.json");
      const room = { env: editorFor(context, file) };
      writeFileSync(file, '{"refresh": {"heartbeatSeconds": "often"}}');
      return room;
    },
    ["configuration"],
    /^\$\{EDITOR:-vi\} \S+config\.json$/,
    false,
  ],
  [
    "certificates are not checked",
    () => ({ env: { NODE_TLS_REJECT_UNAUTHORIZED: "0" } }),
    ["certificates"],
    /^unset NODE_TLS_REJECT_UNAUTHORIZED$/,
    false,
  ],
  [
    "git has moved",
    ({ state }) =>
      edit(join(state, "installation.json"), (text) =>
        text.replace('"/usr/bin/git"', '"/opt/old/git"'),
      ),
    ["git"],
    /install --project \S+ --yes$/,
    true,
  ],
  [
    "other users can replace git",
    (context) => {
      const folder = join(context.home, "git-bin");
      mkdirSync(folder);
      cpSync("/usr/bin/git", join(folder, "git"));
      const record = join(context.state, "installation.json");
      edit(record, (text) => text.replace('"/usr/bin/git"', JSON.stringify(join(folder, "git"))));
      chmodSync(folder, 0o777);
    },
    ["git"],
    /^(?:sudo )?chmod go-w \S+git-bin$/,
    false,
  ],
  [
    "a server was down when it was asked",
    async (context) => {
      const service = await aService();
      const add = `source add team --type task-tracking --url ${service.url}`;
      await sitrep(context, add);
      await service.down();
      await sitrep(context, "refresh");
      return { before: service.up };
    },
    ["source team"],
    /sitrep refresh --project \S+$/,
    true,
  ],
  [
    "a server refuses the secret",
    async (context) => {
      const { url } = await aService();
      const add = `source add team --type task-tracking --url ${url} --token-keychain team --no-test`;
      await sitrep(context, add);
      await sitrep(context, "source secret team", { input: "wrong\n" });
      await sitrep(context, "refresh");
      return { input: "right\n" };
    },
    ["source team"],
    /sitrep source secret team$/,
    false,
  ],
  [
    "a hook failed after the last install",
    ({ state }) =>
      appendFailure(join(state, "logs/hooks.log"), {
        at: Date.now() + 1,
        event: "SessionStart",
        code: "addon-missing",
      }),
    ["hooks"],
    /install --project \S+ --yes$/,
    true,
  ],
];

/** These need root. */
const asRoot: readonly Broken[] = [
  [
    "the disk is full",
    (context) => {
      context.ok("stop");
      renameSync(context.state, `${context.state}.copy`);
      mkdirSync(context.state, { mode: 0o700 });
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=20m,mode=700", "tmpfs", context.state]);
      onTestFinished(() => void execFileSync("umount", ["-l", context.state]));
      execFileSync("cp", ["-a", `${context.state}.copy/.`, context.state]);
      const filler = join(context.state, "filler");
      spawnSync("dd", ["if=/dev/zero", `of=${filler}`, "bs=4096"]);
      // The command lists what is large; a person chooses what to delete.
      return { before: async () => rmSync(filler) };
    },
    ["disk", "monitor"],
    /^du -xk "\$\(df -P \S+ \| awk 'END \{ print \$6 \}'\)" \| sort -n \| tail -n 20$/,
    false,
  ],
  [
    "the repository belongs to another user",
    ({ project }) => {
      execFileSync("chown", ["-R", "12345", project.folder]);
    },
    ["repository"],
    /^git config --global --add safe\.directory \S+$/,
    false,
  ],
];

describe("the doctor on a complete installation", () => {
  test("doctor finds no problem", async () => {
    expect(await wrongIn(await install())).toEqual([]);
  });
});

describe("the doctor reports what is broken, and its command fixes it:", () => {
  const cases = isRoot ? [...broken, ...asRoot] : broken;
  test.for(cases)("%s", async ([, breakIt, names, fix, isSafe]) => {
    const context = await install();
    await monitorOf(context);
    const room = (await breakIt(context)) ?? {};
    const wrong = await wrongIn(context, room);
    expect(wrong.map(({ name }) => name).toSorted()).toEqual(names.toSorted());
    const [first] = wrong;
    expect(first?.fix).toMatch(fix);
    expect(first?.isSafe).toBe(isSafe);
    // A person can copy it: it is printed whole, on its own line.
    const { stdout } = await inShell(context, doctorLine, room);
    for (const { fix: line } of wrong) expect(stdout).toContain(`\n    ${line}\n`);
    await room.before?.();
    const lines = wrong.map(({ fix: line }) => line).join(" >&2\n");
    expect(await wrongIn(context, room, lines)).toEqual([]);
  });

  test("doctor suggests no refresh during a server's Retry-After, and says when the next try is", async () => {
    const context = await install();
    const service = await aService();
    await sitrep(context, `source add team --type task-tracking --url ${service.url}`);
    const asked = service.busy(300);
    await sitrep(context, "refresh");
    const [wrong, ...more] = await wrongIn(context);
    expect(more).toEqual([]);
    expect(wrong).toEqual({
      name: "source team",
      state: "warning",
      detail: expect.stringMatching(/^is rate-limiting requests; next attempt in [45] min$/),
    });
    const before = asked();
    const { stdout } = await inShell(context, `${doctorLine} --fix`);
    expect(stdout).not.toContain("refresh");
    expect(asked()).toBe(before);
    const { stdout: status } = await sitrep(context, "status");
    expect(status).toMatch(/is rate-limiting requests, .*next attempt in [45] min/);
    const { stdout: again } = await sitrep(context, "refresh");
    expect(again).toContain("is rate-limiting requests");
    for (const text of [status, again]) expect(text).not.toMatch(/First:|source test/);
  });

  test("doctor --fix runs every safe fix", async () => {
    const context = await install();
    const { state, settingsFile } = context;
    context.ok("stop");
    writeFileSync(join(state, "cache.db"), "no database, but long enough to be read as one");
    rmSync(join(state, "gates/pre-tool-use.sh"));
    replaceAddon(context, (bytes) => bytes.subarray(0, 1000));
    edit(settingsFile, (text) => text.replace('"timeout": 10', '"timeout": 3'));
    mkdirSync(join(state, "tokens"), { mode: 0o700 });
    writeFileSync(join(state, "tokens/one.json"), "{}", { mode: 0o644 });
    chmodSync(state, 0o755);
    expect(await wrongIn(context)).toHaveLength(5);
    const { stdout, code } = await inShell(context, `${doctorLine} --fix`);
    expect(stdout).toMatch(/^(?:✓ done {2}.*\n){3,}Nothing else is wrong\.\n$/);
    expect(code).toBe(0);
    expect(await wrongIn(context)).toEqual([]);
    await monitorOf(context);
  });

  test("doctor --fix leaves Sitrep off when a person switched it off, and names the command", async () => {
    const context = await install();
    context.ok("off");
    const { stdout } = await inShell(context, `${doctorLine} --fix`);
    expect(stdout).toMatch(/^! warning +switches +Sitrep is off everywhere\n {4}\S*sitrep on\n$/);
    expect(existsSync(join(context.state, "off"))).toBe(true);
  });
});

test("on a machine without Sitrep, doctor reports one problem, and its command installs Sitrep", async () => {
  const context = prepareInstallation();
  rmSync(context.sitrepHome, { recursive: true });
  const [first, ...more] = await wrongIn(context);
  expect(more).toEqual([]);
  expect(first).toMatchObject({ name: "installed files", detail: "nothing is installed" });
  expect(existsSync(context.sitrepHome)).toBe(false);
  expect(await wrongIn(context, {}, first?.fix)).toEqual([]);
  expect(existsSync(context.settingsFile)).toBe(true);
});

describe("sitrep doctor with Claude Code's plugin", () => {
  /** As Claude Code leaves it after a first session. */
  async function withPlugin(): Promise<ReturnType<typeof aHome>> {
    const home = aHome();
    const root = join(home.home, "the plugin");
    buildPlugin(root);
    mkdirSync(home.data, { recursive: true });
    const list = {
      version: 2,
      plugins: { "sitrep@sitrep": [{ version: "0.1.0", installPath: root }] },
    };
    writeFileSync(join(home.data, "../../installed_plugins.json"), JSON.stringify(list));
    const build = readFileSync(join(root, "build-id"), "utf8").trim();
    const setup = join(root, "build/plugin-setup.cjs");
    execFileSync(process.execPath, [setup, root, home.data, build], {
      cwd: home.project.folder,
      env: home.env,
    });
    await monitorOf(home);
    return home;
  }

  test("the suggested command restores the plugin's missing files without touching settings", async () => {
    const home = await withPlugin();
    expect(await wrongIn(home)).toEqual([]);
    rmSync(join(home.data, "gates/session-start.sh"));
    const [first, ...more] = await wrongIn(home);
    expect(more).toEqual([]);
    expect(first?.name).toBe("installed files");
    expect(await wrongIn(home, {}, first?.fix)).toEqual([]);
    expect(existsSync(home.settingsFile)).toBe(false);
  });

  test("doctor finds no problem when the settings have the hooks too", async () => {
    const home = await withPlugin();
    home.ok("install", "--yes");
    expect(await wrongIn(home)).toEqual([]);
    expect(home.ok("doctor")).toContain("sitrep@sitrep 0.1.0");
  });

  test("doctor names the command that enables a disabled plugin", async () => {
    const home = await withPlugin();
    const settings = join(home.home, ".claude/settings.json");
    writeFileSync(settings, '{"enabledPlugins": {"sitrep@sitrep": false}}');
    expect(await wrongIn(home)).toMatchObject([
      { name: "plugin", fix: "claude plugin enable sitrep@sitrep" },
    ]);
    writeFileSync(settings, '{"enabledPlugins": {"sitrep@sitrep": true}}');
    expect(await wrongIn(home)).toEqual([]);
  });
});
