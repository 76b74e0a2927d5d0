// The gates in odd surroundings: names, environments, a folder that is gone. And what they cost when they are quiet.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, test } from "vitest";
import { dropLease } from "../../../src/state/live/lease.ts";
import { listLive, readStamps } from "../../../src/state/live/stamps.ts";
import { gateFixture, requireShell, said, shells } from "../../support/gate-fixture.ts";
import type { GateName, GateOutcome, GateFixture } from "../../support/gate-fixture.ts";
import { requireTool } from "../../support/settings-machine.ts";

const quiet: GateOutcome = { exitCode: 0, stdout: "", stderr: "", starts: 0 };
const started: GateOutcome = { exitCode: 0, stdout: said, stderr: "", starts: 1 };
const gateNames: GateName[] = ["session-start", "pre-tool-use", "git-call"];

/** Has the real Node say `text`, by a bundle that fails unless it starts as it should. */
function withRealNode(fixture: GateFixture, text: string): void {
  const bundle = `process.cwd(); process.stdout.write(${JSON.stringify(text)});`;
  for (const name of ["session-start.cjs", "pre-tool-use.cjs"]) {
    writeFileSync(join(fixture.build, name), bundle);
  }
  fixture.rewrite({ node: process.execPath });
}

const oddNames = [
  "two words",
  " space at both ends ",
  "it's",
  "''",
  'a "quote"',
  "$HOME",
  "$(touch x)",
  "`touch x`",
  "back\\slash\\",
  "new\nline",
  "new line at the end\n",
  "(paren)",
  "a;b&c|d<e>f",
  "*?[a-z]!{b,c}~#",
  "-n",
  "%s%n",
  "Grüße 🚀",
  "\u0001\t",
];

describe.each(shells)("a gate in $name", ({ name, command: shell }) => {
  test.each(oddNames)("F78: all gates work in a home named %j", (home) => {
    const fixture = gateFixture(home);
    const cwd = join(fixture.folder, "work");
    mkdirSync(cwd);
    expect(fixture.run({ shell, cwd })).toEqual(quiet);
    expect(existsSync(join(fixture.live, fixture.sessionId))).toBe(true);
    dropLease(fixture.live);
    writeFileSync(join(fixture.live, `${fixture.sessionId}.git`), "{}");
    for (const gate of gateNames) {
      expect(fixture.run({ shell, gate, cwd })).toEqual(started);
      expect(fixture.nodeArguments()[1]).toBe(fixture.state);
    }
    expect(existsSync(join(cwd, "x"))).toBe(false);
  });

  test.each(oddNames)("writes a stamp with the folder named %j", (folder) => {
    const fixture = gateFixture();
    const cwd = join(fixture.folder, folder);
    mkdirSync(cwd);
    expect(fixture.run({ shell, cwd, env: { CLAUDE_PROJECT_DIR: cwd } })).toEqual(quiet);
    const stamp = readFileSync(join(fixture.live, fixture.sessionId), "utf8");
    expect(stamp).toBe(`${cwd}\0${cwd}\0\0`);
  });

  test.for([
    {
      what: "our own variables",
      env: { sitrep_state: "/x", sitrep_node: "/x", sitrep_sheet: "x" },
    },
    { what: "a field separator of slashes and letters", env: { IFS: "/abcdefghijklmno" } },
    { what: "a search path for cd", env: { CDPATH: "/tmp:/" } },
    { what: "no place to look for programs", env: { PATH: "/missing" } },
    { what: "a home that is not there", env: { HOME: "/missing" } },
    { what: "a file to read at the start", env: { ENV: "/missing", BASH_ENV: "/missing" } },
  ])("ignores an environment with $what", ({ env }, context) => {
    context.skip(name === "mksh" && "PATH" in env, "mksh has no printf of its own");
    context.skip(name === "bash" && "BASH_ENV" in env, "bash itself complains");
    const fixture = gateFixture();
    expect(fixture.run({ shell, env })).toEqual(quiet);
    dropLease(fixture.live);
    fixture.nodeDoes(`echo '${said.trim()}'`);
    expect(fixture.run({ shell, env })).toEqual(started);
  });

  test.each(gateNames)("A12: %s starts Node even if NODE_OPTIONS would prevent it", (gate) => {
    const fixture = gateFixture();
    withRealNode(fixture, "by Node");
    dropLease(fixture.live);
    writeFileSync(join(fixture.live, `${fixture.sessionId}.git`), "{}");
    const env = {
      NODE_OPTIONS: "--require=/missing",
      NODE_EXTRA_CA_CERTS: "/missing",
      NODE_V8_COVERAGE: join(fixture.folder, "coverage"),
    };
    const outcome = fixture.run({ shell, gate, env });
    expect(outcome).toMatchObject({ exitCode: 0, stdout: "by Node", stderr: "" });
    expect(existsSync(env.NODE_V8_COVERAGE)).toBe(false);
    const naive = spawnSync(process.execPath, ["-e", "0"], { env });
    expect(naive.status).not.toBe(0);
  });

  test("passes on only the variables that a hook reads, and none that affects loading", () => {
    const fixture = gateFixture();
    dropLease(fixture.live);
    const dump = join(fixture.folder, "dump");
    fixture.nodeDoes(`/usr/bin/env >${dump}`);
    const hostile = [
      "NODE_OPTIONS",
      "NODE_COMPILE_CACHE",
      "NODE_PATH",
      "NODE_V8_COVERAGE",
      "NODE_EXTRA_CA_CERTS",
      "NODE_ICU_DATA",
      "OPENSSL_CONF",
      "OPENSSL_MODULES",
      "OPENSSL_ENGINES",
      "SSL_CERT_FILE",
      "UV_THREADPOOL_SIZE",
      "LD_AUDIT",
      "GCONV_PATH",
      "LOCPATH",
      "GIT_DIR",
      "SQLITE_TMPDIR",
    ];
    const own = { TZ: "Asia/Tokyo", CLAUDE_PROJECT_DIR: "/work/a b", SITREP_HOME: 'it\'s "here"' };
    const env = {
      ...Object.fromEntries(hostile.map((one) => [one, ""])),
      ...own,
      NODE_NO_WARNINGS: "1",
    };
    expect(fixture.run({ shell, env }).exitCode).toBe(0);
    const got = new Map(
      readFileSync(dump, "utf8")
        .split("\n")
        .map((line) => [line.split("=", 1)[0] ?? "", line.slice(line.indexOf("=") + 1)]),
    );
    expect([...got.keys()].filter((one) => [...hostile, "NODE_NO_WARNINGS"].includes(one))).toEqual(
      [],
    );
    for (const [key, value] of Object.entries(own)) expect(got.get(key)).toBe(value);
    expect(got.get("CLAUDE_CODE_SESSION_ID")).toBe(fixture.sessionId);
  });

  test("does not hang if a named pipe is in a mark's path", () => {
    for (const [gate, ending] of [
      ["session-start", ".start"],
      ["pre-tool-use", ""],
      ["prompt", ""],
      ["git-call", ".git-call"],
      ["turn-end", ".turn"],
      ["session-end", ".ended"],
    ] as const) {
      const fixture = gateFixture();
      const mark = join(fixture.live, `${fixture.sessionId}${ending}`);
      rmSync(mark, { force: true });
      spawnSync("mkfifo", [mark]);
      expect(fixture.run({ shell, gate }).exitCode).toBe(0);
      const linked = gateFixture();
      const link = join(linked.live, `${linked.sessionId}${ending}`);
      rmSync(link, { force: true });
      symlinkSync(mark, link);
      expect(linked.run({ shell, gate }).exitCode).toBe(0);
    }
    const fixture = gateFixture();
    rmSync(join(fixture.live, "monitor.wake"), { force: true });
    spawnSync("mkfifo", [join(fixture.live, "monitor.wake")]);
    for (const gate of ["turn-end", "session-end"] as const)
      expect(fixture.run({ shell, gate }).exitCode).toBe(0);
  });

  test("starts Node in a deleted folder, and only the shell itself complains", () => {
    const fixture = gateFixture();
    withRealNode(fixture, "by Node");
    dropLease(fixture.live);
    const inGoneFolder = (command: string[]): string[] => {
      const cwd = join(fixture.folder, "gone");
      mkdirSync(cwd);
      return ["/bin/sh", "-c", 'cd "$0" && rmdir "$0" && exec "$@"', cwd, ...command];
    };
    const [file = "", ...args] = inGoneFolder([...shell, "-c", ":"]);
    // bash reads a person's own start-up file where it takes its input for a remote one.
    const env = { HOME: fixture.folder, PATH: process.env["PATH"] };
    const bare = spawnSync(file, args, { encoding: "utf8", env });
    const outcome = fixture.run({ shell, wrap: inGoneFolder });
    expect(outcome).toMatchObject({ exitCode: 0, stdout: "by Node", stderr: bare.stderr });
    const [node = "", ...naive] = inGoneFolder([process.execPath, "-e", "process.cwd()"]);
    expect(spawnSync(node, naive).status).not.toBe(0);
  });

  /** The processes that strace sees, first one included. */
  const countProcesses = (fixture: GateFixture, strace: string): number => {
    const log = join(fixture.folder, "strace.log");
    fixture.run({
      shell,
      wrap: (command) => [strace, "-f", "-qq", "-o", log, "-etrace=process", ...command],
    });
    return new Set(readFileSync(log, "utf8").match(/^\d+/gm)).size;
  };

  test("starts no process if it has nothing to say", (context) => {
    const strace = requireTool(context, "strace");
    context.skip(name === "mksh", "mksh has no printf of its own");
    const fixture = gateFixture();
    expect(countProcesses(fixture, strace)).toBe(1);
    dropLease(fixture.live);
    expect(countProcesses(fixture, strace)).toBeGreaterThan(1);
  });
});

describe("the working folder that the monitor reads from a stamp", () => {
  const cwdOfStamp = (folder: string): string[] => {
    const fixture = gateFixture();
    const cwd = join(fixture.folder, folder);
    mkdirSync(cwd);
    fixture.run({ shell: ["/bin/sh"], cwd, env: { CLAUDE_PROJECT_DIR: cwd } });
    return readStamps(listLive(fixture.live), 0).map((stamp) =>
      relative(fixture.folder, stamp.cwd),
    );
  };

  test.each(oddNames.filter((name) => !name.includes("\n")))("is the folder named %j", (folder) => {
    expect(cwdOfStamp(folder)).toEqual([folder]);
  });

  // The two folders stand on a line each, so one with a new line in its name is read as another, or as a relative path.
  test.each(oddNames.filter((name) => name.includes("\n")))("is the folder named %j", (folder) => {
    expect(cwdOfStamp(folder)).toEqual([folder]);
  });
});

describe.each(["bash", "bash --posix"])(
  "a gate in %s with options inherited by SHELLOPTS",
  (name) => {
    const bare = { CLAUDE_PROJECT_DIR: undefined, SITREP_OFF: undefined };

    test.for([
      "nounset",
      "errexit",
      "noclobber",
      "noglob",
      "pipefail",
      "keyword",
      "allexport",
      "monitor",
      "errexit:noclobber:nounset:pipefail",
    ])("works as usual with %s", (options, context) => {
      const shell = requireShell(context, name);
      const fixture = gateFixture();
      const env = { ...bare, SHELLOPTS: options };
      expect(fixture.run({ shell, env })).toEqual(quiet);
      expect(fixture.run({ shell, env })).toEqual(quiet);
      expect(fixture.run({ shell, env, gate: "git-call" })).toEqual(quiet);
      dropLease(fixture.live);
      writeFileSync(join(fixture.live, `${fixture.sessionId}.git`), "{}");
      const noSession = { ...env, CLAUDE_CODE_SESSION_ID: undefined };
      expect(fixture.run({ shell, env: noSession })).toEqual(started);
      expect(fixture.run({ shell, env: noSession, gate: "git-call" })).toEqual(quiet);
      fixture.nodeDoes(`printf '%s' '${said}'; exit 2`);
      for (const gate of gateNames) expect(fixture.run({ shell, env, gate })).toEqual(started);
    });

    test.for(["xtrace", "verbose"])(
      "writes only the shell's own trace to stderr with %s",
      (options, context) => {
        const shell = requireShell(context, name);
        const fixture = gateFixture();
        dropLease(fixture.live);
        const { exitCode, stdout, starts } = fixture.run({ shell, env: { SHELLOPTS: options } });
        expect({ exitCode, stdout, starts }).toEqual({ exitCode: 0, stdout: said, starts: 1 });
      },
    );
  },
);
