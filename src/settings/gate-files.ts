// The gates: the small shell files that the client's hook commands read. Each is made of fixed pieces, four paths and,
// to have git start early, its command.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { replaceFile } from "../small-files/replace-file.ts";
import { gates, shellQuote } from "./entries.ts";
import type { Gate } from "./entries.ts";

/** A program with its whole environment but for GIT_WORK_TREE, which the gate adds. */
export interface EarlyCommand {
  file: string;
  args: readonly string[];
  env: Readonly<Record<string, string>>;
}

export interface GatePaths {
  /** Where the gates are written. */
  folder: string;
  state: string;
  node: string;
  /** The installed version's folder: bundles, and the gates' pieces in `gates/`. */
  build: string;
  /** What reads the state of the repository early; null: nothing does. */
  earlyGit: EarlyCommand | null;
}

export const gateFile = (folder: string, gate: Gate): string => join(folder, `${gate.name}.sh`);

const ownPieces: Record<Gate["name"], readonly string[]> = {
  "session-start": ["gate-stamp.sh", "gate-early-git.sh"],
  "pre-tool-use": ["gate-stamp.sh", "gate-quiet.sh"],
  "git-call": ["gate-git.sh"],
};

/** The command in the working tree that the shell is in, with none of the session's environment. */
function inShell({ file, args, env }: EarlyCommand): string {
  const set = Object.entries(env).map(([name, value]) => shellQuote(`${name}=${value}`));
  const words = [...set, '"GIT_WORK_TREE=$PWD"', ...[file, ...args].map(shellQuote)];
  return `/usr/bin/env -i ${words.join(" ")}`;
}

/** Stands for the command in the piece that starts git early. */
const commandMark = "@status@";

/** The piece with its command; left out when there is none for it. */
function withCommand(piece: string, command: EarlyCommand | null): string[] {
  if (!piece.includes(commandMark)) return [piece];
  return command === null ? [] : [piece.replace(commandMark, () => inShell(command))];
}

function gateText(gate: Gate, paths: GatePaths): string {
  const piece = (name: string): string => readFileSync(join(paths.build, "gates", name), "utf8");
  return [
    `# Sitrep, ${gate.event}. Written by "sitrep install"; changes are lost.`,
    // Set here: a session's environment could name them.
    `sitrep_state=${shellQuote(paths.state)}`,
    "sitrep_early= sitrep_git=",
    piece("gate-off.sh").trimEnd(),
    ...ownPieces[gate.name].flatMap((name) => withCommand(piece(name).trimEnd(), paths.earlyGit)),
    `sitrep_node=${shellQuote(paths.node)}`,
    `sitrep_bundle=${shellQuote(join(paths.build, `${gate.bundle}.cjs`))}`,
    `sitrep_sheet=${shellQuote(gate.sheet)}`,
    piece("gate-node.sh"),
  ].join("\n");
}

/** Writes all gates, each replaced whole: a session may be reading them. */
export function writeGates(paths: GatePaths): void {
  for (const gate of gates) {
    replaceFile(gateFile(paths.folder, gate), gateText(gate, paths), { mode: 0o600 });
  }
}
