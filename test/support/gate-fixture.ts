// Installs the gates in their own folder, with a Node that records its runs, and lists the shells that may run them.

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

/** Claude Code runs `/bin/sh`, which may be any of these. */
const shellNames = ["dash", "bash --posix", "bash", "busybox sh", "mksh", "yash"];

/** The usual choices for `/bin/sh`. `npm test` runs the gates in these, and the project `shells` runs the others. */
const everyday = new Set(["dash", "bash"]);

const installed: Shell[] = shellNames.flatMap((name) => {
  const [program = "", ...args] = name.split(" ");
  const file = findTool(program);
  return file === null ? [] : [{ name, command: [file, ...args] }];
});

/** The installed shells of this run's kind, everyday or other. */
export const shells: Shell[] = installed.filter(
  ({ name }) => everyday.has(name) === (process.env["SITREP_TEST_SHELLS"] !== "others"),
);
export const missingShells: string[] = shellNames.filter(
  (name) => !installed.some((shell) => shell.name === name),
);

/** Returns the command line of a shell. Skips the test if the shell is not installed. */
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
  /** Runs the shell under another program. */
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
  /** Contains everything else. All users can enter it. */
  folder: string;
  /** The user's home, with the given name. */
  home: string;
  state: string;
  live: string;
  gates: string;
  node: string;
  build: string;
  sessionId: string;
  /** The command exactly as the settings contain it. */
  command: (gate: GateName) => string;
  run: (run: GateRun) => GateOutcome;
  /** Sets the script that the recording Node runs after it has recorded its call. */
  nodeDoes: (script: string) => void;
  /** The arguments of the last start of Node. */
  nodeArguments: () => string[];
  /** Writes the gates again with other paths: another state folder or Node, or a git that does something. */
  rewrite: (paths: Partial<GatePaths>) => void;
}

/** The default output of the recording Node. */
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
 * Writes the gates as `writeGates` does. That waits for the disk each time, so it runs once for each home name. Later
 * fixtures reuse the texts with the path of their own root, which needs no quotes.
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

/** A fixture whose live folder has a running lease and no news, so that the PreToolUse gate is silent. */
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
          // As a first shell whose stdin is a socket (Node's default), bash would read its startup files.
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

/** Sets the lease to expire in `ms` milliseconds. */
export function expireIn(fixture: GateFixture, ms: number): void {
  const at = (Date.now() + ms) / 1000;
  utimesSync(leaseFile(fixture.live), at, at);
}

/** Changes the owner of a fixture's files to another user or to root. */
export function giveTo(owner: number, ...places: string[]): void {
  execFileSync("chown", ["-R", `${owner}:${owner}`, ...places]);
}

/** Wraps a command so that it sees the files in a folder, but cannot open them: they have vanished by then. */
export function vanishing(context: TestContext, folder: string): (command: string[]) => string[] {
  const strace = requireTool(context, "strace");
  const files = readdirSync(folder).map((name) => `-P${join(folder, name)}`);
  const fault = ["-etrace=/^open", "-einject=/^open:error=ENOENT"];
  return (command) => [strace, "-qq", "-o/dev/null", ...files, ...fault, ...command];
}
