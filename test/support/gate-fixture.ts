// The installed gates in a folder of their own, with a Node that notes its runs, and the shells that may run them.

import { execFileSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { TestContext } from "vitest";
import { leaseFile, takeLease } from "../../src/state/live/lease.ts";
import { gateCommand, gates, shellQuote } from "../../src/install/hook-entries.ts";
import type { Gate } from "../../src/install/hook-entries.ts";
import { gateFile, writeGates } from "../../src/install/write-gates.ts";
import type { GatePaths } from "../../src/install/write-gates.ts";
import { runProgram } from "./run-program.ts";
import { findTool, requireTool, sharedFolder } from "./settings-machine.ts";

export interface Shell {
  name: string;
  /** The command line before `-c`. */
  command: string[];
}

/** The client runs `/bin/sh`; these are what that may be. */
const shellNames = ["dash", "bash --posix", "bash", "busybox sh", "mksh", "yash"];

/** What `/bin/sh` is nearly everywhere: `npm test` runs the gates in these, the project `shells` in the others. */
const everyday = new Set(["dash", "bash"]);

const installed: Shell[] = shellNames.flatMap((name) => {
  const [program = "", ...args] = name.split(" ");
  const file = findTool(program);
  return file === null ? [] : [{ name, command: [file, ...args] }];
});

/** Those that are installed, of the kind that this run is about. */
export const shells: Shell[] = installed.filter(
  ({ name }) => everyday.has(name) === (process.env["SITREP_TEST_SHELLS"] !== "others"),
);
export const missingShells: string[] = shellNames.filter(
  (name) => !installed.some((shell) => shell.name === name),
);

/** The command line of a shell; skips the test where it is not installed. */
export const requireShell = (context: TestContext, name: string): string[] =>
  installed.find((shell) => shell.name === name)?.command ?? context.skip(`needs ${name}`);

export type GateName = Gate["name"];

export const gateNamed = (name: GateName): Gate => {
  const gate = gates.find((one) => one.name === name);
  if (gate === undefined) throw new Error(`no gate ${name}`);
  return gate;
};

export interface GateRun {
  shell: readonly string[];
  gate?: GateName;
  env?: Record<string, string | undefined>;
  cwd?: string;
  stdin?: string;
  /** Puts another program in front of the shell. */
  wrap?: (command: string[]) => string[];
}

export interface GateOutcome {
  exitCode: number | null;
  stdout: string;
  stderr: string;
  /** How often Node was started. */
  starts: number;
}

export interface GateFixture {
  /** Holds everything else, and can be entered by all. */
  folder: string;
  /** The user's home, by the name that was given. */
  home: string;
  state: string;
  live: string;
  gates: string;
  node: string;
  build: string;
  sessionId: string;
  /** The command as it stands in the settings. */
  command: (gate: GateName) => string;
  run: (run: GateRun) => GateOutcome;
  /** Puts another script in the place of the noting Node: what it does after it has noted. */
  nodeDoes: (script: string) => void;
  /** The words that Node was started with, last time. */
  nodeArguments: () => string[];
  /** Gives the state another folder, Node another file, or git something to do, and writes the gates again. */
  rewrite: (paths: Partial<GatePaths>) => void;
}

/** What the noting Node says by default. */
export const said = '{"said":"by Node"}\n';

const hooks = join(import.meta.dirname, "../../hooks");

function copyGatePieces(build: string): void {
  mkdirSync(join(build, "gates"), { recursive: true });
  for (const name of readdirSync(hooks).filter((one) => one.endsWith(".sh"))) {
    copyFileSync(join(hooks, name), join(build, "gates", name));
  }
}

interface WrittenGates {
  root: string;
  texts: Map<string, string>;
}
const written = new Map<string, WrittenGates>();

/**
 * The gates as `writeGates` writes them. It waits for the disk each time, so it writes once for each name of a home; the
 * next fixtures take over the texts with the path of their own root, which needs no quotes.
 */
function placeGates(root: string, homeName: string, paths: GatePaths): void {
  const known = written.get(homeName);
  if (known !== undefined) {
    mkdirSync(paths.folder, { recursive: true });
    for (const [name, text] of known.texts) {
      const own = text.replaceAll(known.root, root);
      writeFileSync(join(paths.folder, name), own, { mode: 0o600 });
    }
    return;
  }
  writeGates(paths);
  const names = readdirSync(paths.folder);
  const texts = new Map(
    names.map((name) => [name, readFileSync(join(paths.folder, name), "utf8")]),
  );
  written.set(homeName, { root, texts });
}

/** A fixture whose live folder has a running lease and no news: a gate of PreToolUse is quiet. */
export function gateFixture(homeName = "home"): GateFixture {
  const folder = sharedFolder();
  const home = join(folder, homeName);
  const paths = {
    folder: join(home, "state", "gates"),
    state: join(home, "state"),
    node: join(home, "bin", "node"),
    build: join(home, "data", "versions", "1"),
    earlyGit: null,
  };
  const live = join(paths.state, "live");
  const notes = join(folder, "notes");
  for (const one of [live, notes, join(home, "bin")]) mkdirSync(one, { recursive: true });
  chmodSync(notes, 0o777);
  copyGatePieces(paths.build);
  writeFileSync(join(paths.build, "session-start.cjs"), "");
  writeFileSync(join(paths.build, "pre-tool-use.cjs"), "");
  const nodeDoes = (script: string): void => {
    const noted = shellQuote(notes);
    const text = [
      "#!/bin/sh",
      `printf '%s\\0' "$@" >${noted}/arguments`,
      `echo start >>${noted}/starts`,
      script,
    ];
    rmSync(paths.node, { force: true });
    writeFileSync(paths.node, `${text.join("\n")}\n`, { mode: 0o755 });
  };
  nodeDoes(`printf '%s' ${shellQuote(said)}`);
  placeGates(folder, homeName, paths);
  const identity = { pid: 1, processStart: "1", version: "1", startedAt: 0 };
  takeLease(live, identity, Date.now() + 600_000);

  const sessionId = "3c3f1a2e-session_1";
  const startsFile = join(notes, "starts");
  const read = (file: string): string => (existsSync(file) ? readFileSync(file, "utf8") : "");
  const command = (gate: GateName): string => gateCommand(gateFile(paths.folder, gateNamed(gate)));
  return {
    folder,
    home,
    live,
    sessionId,
    gates: paths.folder,
    state: paths.state,
    node: paths.node,
    build: paths.build,
    command,
    nodeDoes,
    nodeArguments: () => read(join(notes, "arguments")).split("\0").slice(0, -1),
    rewrite: (changed) => writeGates({ ...paths, ...changed }),
    run: ({ shell, gate = "pre-tool-use", env = {}, cwd = folder, stdin = "", wrap }) => {
      rmSync(startsFile, { force: true });
      const plain = [...shell, "-c", command(gate)];
      const [file = "", ...args] = wrap === undefined ? plain : wrap(plain);
      const { status, stdout, stderr } = runProgram(file, args, {
        cwd,
        env: {
          PATH: process.env["PATH"],
          HOME: home,
          LANG: "C.UTF-8",
          // In a first shell whose input is a socket, as Node makes it, bash reads its start-up files.
          SHLVL: "1",
          CLAUDE_CODE_SESSION_ID: sessionId,
          CLAUDE_PROJECT_DIR: folder,
          ...env,
        },
        input: stdin,
        timeoutMs: 60_000,
      });
      return {
        exitCode: status,
        stdout,
        stderr,
        starts: read(startsFile).split("\n").length - 1,
      };
    },
  };
}

/** Moves the lease's expiry so many milliseconds from now. */
export function expireIn(fixture: GateFixture, ms: number): void {
  const at = (Date.now() + ms) / 1000;
  utimesSync(leaseFile(fixture.live), at, at);
}

/** Hands everything of a fixture to the other user, or to root. */
export function giveTo(owner: number, ...places: string[]): void {
  execFileSync("chown", ["-R", `${owner}:${owner}`, ...places]);
}

/** Runs a command for which the files in a folder are there, but gone when it opens them. */
export function vanishing(context: TestContext, folder: string): (command: string[]) => string[] {
  const strace = requireTool(context, "strace");
  const files = readdirSync(folder).map((name) => `-P${join(folder, name)}`);
  const fault = ["-etrace=/^open", "-einject=/^open:error=ENOENT"];
  return (command) => [strace, "-qq", "-o/dev/null", ...files, ...fault, ...command];
}
