// The gates: the small shell files that the client's hook commands read. Each is made of fixed pieces and four paths.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { replaceFile } from "../small-files/replace-file.ts";
import { gates, shellQuote } from "./entries.ts";
import type { Gate } from "./entries.ts";

export interface GatePaths {
  /** Where the gates are written. */
  folder: string;
  state: string;
  node: string;
  /** The installed version's folder: bundles, and the gates' pieces in `gates/`. */
  build: string;
}

export const gateFile = (folder: string, gate: Gate): string => join(folder, `${gate.name}.sh`);

const quietPiece: Record<Gate["name"], string | null> = {
  "session-start": null,
  "pre-tool-use": "gate-quiet.sh",
  "git-call": "gate-git.sh",
};

function gateText(gate: Gate, paths: GatePaths): string {
  const piece = (name: string): string => readFileSync(join(paths.build, "gates", name), "utf8");
  const quiet = quietPiece[gate.name];
  return [
    `# Sitrep, ${gate.event}. Written by "sitrep install"; changes are lost.`,
    `sitrep_state=${shellQuote(paths.state)}`,
    piece("gate-off.sh").trimEnd(),
    ...(quiet === null ? [] : [piece(quiet).trimEnd()]),
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
