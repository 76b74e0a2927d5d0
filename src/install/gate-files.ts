// The gates: the small shell files that Claude Code's hook commands read, made of fixed pieces, four paths and an early git command.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { replaceFile } from "../state/files/replace-file.ts";
import { gates, shellQuote, type Gate } from "./entries.ts";

/** A program with its environment. The gate adds the variables that name the repository. */
interface EarlyCommand {
  file: string;
  args: readonly string[];
  env: Readonly<Record<string, string>>;
}

export interface GatePaths {
  folder: string;
  state: string;
  node: string;
  /** The installed version's folder: bundles, and the gates' pieces in `gates/`. */
  build: string;
  /** Reads the repository while Node starts; null: nothing does. */
  earlyGit: EarlyCommand | null;
}

export const gateFile = (folder: string, gate: Gate): string => join(folder, `${gate.name}.sh`);

/** The status line's gate: not a hook, but it starts Node in the same way. */
export const statuslineGate = "statusline.sh";

const earlyGitPiece = "gate-early-git.sh";

/** What a gate does before it starts Node. Other gates start it at once. */
const ownPieces: Readonly<Record<string, readonly string[]>> = {
  "session-start": ["gate-stamp.sh", earlyGitPiece],
  "pre-tool-use": ["gate-stamp.sh", "gate-quiet.sh"],
  prompt: ["gate-stamp.sh", "gate-quiet.sh"],
  "git-call": ["gate-git.sh"],
  "edit-call": ["gate-files.sh"],
  "turn-end": ["gate-turn.sh", "gate-quiet.sh"],
  compaction: ["gate-turn.sh", "gate-quiet.sh"],
  "session-end": ["gate-end.sh"],
};

/** The command, in the working tree that the shell is in, without the session's environment. */
function inShell({ file, args, env }: EarlyCommand): string {
  const set = Object.entries(env).map(([name, value]) => shellQuote(`${name}=${value}`));
  const words = [
    ...set,
    '"GIT_DIR=$PWD/.git"',
    '"GIT_COMMON_DIR=$sitrep_state/git/$sitrep_name"',
    '"GIT_OBJECT_DIRECTORY=$PWD/.git/objects"',
    '"GIT_WORK_TREE=$PWD"',
    ...[file, ...args].map(shellQuote),
  ];
  return `/usr/bin/env -i ${words.join(" ")}`;
}

const commandMark = "@status@";

function withCommand(piece: string, command: EarlyCommand | null): string[] {
  if (!piece.includes(commandMark)) return [piece];
  return command === null ? [] : [piece.replace(commandMark, () => inShell(command))];
}

function gateText(
  about: { title: string; own: readonly string[]; bundle: string | null; mode: string },
  paths: GatePaths,
): string {
  const piece = (name: string): string => readFileSync(join(paths.build, "gates", name), "utf8");
  return [
    `# Sitrep, ${about.title}. Written by "sitrep install"; changes are lost.`,
    // Set here, because a session's environment could set them.
    `sitrep_state=${shellQuote(paths.state)}`,
    `sitrep_early= sitrep_git= sitrep_ending=${about.own.includes(earlyGitPiece) ? ".start" : ""}`,
    piece("gate-off.sh").trimEnd(),
    ...about.own.flatMap((name) => withCommand(piece(name).trimEnd(), paths.earlyGit)),
    ...(about.bundle === null
      ? [""]
      : [
          `sitrep_node=${shellQuote(paths.node)}`,
          `sitrep_bundle=${shellQuote(join(paths.build, `${about.bundle}.cjs`))}`,
          `sitrep_mode=${shellQuote(about.mode)}`,
          piece("gate-node.sh"),
        ]),
  ].join("\n");
}

const write = (file: string, text: string): void => replaceFile(file, text, { mode: 0o600 });

/** Writes all gates, each replaced whole, because a session may be reading it. */
export function writeGates(paths: GatePaths): void {
  for (const gate of gates) {
    const { event: title, bundle, mode, name } = gate;
    const own = ownPieces[name] ?? [];
    write(gateFile(paths.folder, gate), gateText({ title, own, bundle, mode }, paths));
  }
  const about = { title: "status line", own: [], bundle: "statusline", mode: "" };
  write(join(paths.folder, statuslineGate), gateText(about, paths));
}
