// One command of a peer, as the bench runs it beside ours.

import { join } from "node:path";
import { ensurePackage } from "../cached-packages.ts";
import type { Case } from "./measure.ts";
import type { BenchFixture } from "./fixture.ts";

export type Compared = "SessionStart" | "PreToolUse";

export interface PeerCase extends Case {
  /** The event at which it is compared with ours. */
  beside: Compared;
}

/** What all peers run with: our Node, and a separate home. */
export interface Ground {
  fixture: BenchFixture;
  home: string;
  input: Record<Compared, string>;
  env: Record<string, string>;
  node: string;
}

/** The folder of a package that `spec` pins. */
export const packageIn = (spec: string, name: string): string =>
  join(ensurePackage(spec), "node_modules", name);

export function peerCase(ground: Ground, beside: Compared, name: string, args: string[]): PeerCase {
  return {
    beside,
    name,
    command: ground.node,
    args,
    cwd: ground.fixture.project,
    env: ground.env,
    input: ground.input[beside],
    every: 2,
    check: (stdout, status) => {
      if (status !== 0) throw new Error(`${name} ended with ${status}: ${stdout.slice(0, 200)}`);
    },
  };
}
