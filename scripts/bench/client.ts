// The client's own figure for a quiet hook, taken in a network namespace with loopback only.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { clientPackage, ensurePackage } from "../cached-packages.ts";
import { names } from "./rows.ts";
import { quantile } from "./measure.ts";

export interface ClientFigures {
  calls: number;
  /** Medians, in the client's milliseconds. */
  trueMs: number;
  quietMs: number;
  /** A whole call, with the quiet hook alone and with the plugin's module beside it. */
  callMs: number;
  moduleCallMs: number;
}

/** Throws when the client cannot be run here. */
export function clientFigures(): ClientFigures {
  ensurePackage(clientPackage);
  const scripts = join(import.meta.dirname, "..");
  const ran = spawnSync(
    process.execPath,
    [
      join(scripts, "in-loopback-namespace.ts"),
      process.execPath,
      join(scripts, "bench/client-figure.ts"),
    ],
    { encoding: "utf8", timeout: 180_000 },
  );
  if (ran.status !== 0) throw new Error(ran.stderr.trim().split("\n").at(-1) ?? "no reason given");
  const figures = JSON.parse(ran.stdout) as { calls: number } & Record<string, number[]>;
  return {
    calls: figures.calls,
    trueMs: quantile(figures["/bin/true"] ?? [], 0.5),
    quietMs: quantile(figures[names.quiet] ?? [], 0.5),
    callMs: quantile(figures["without"] ?? [], 0.5),
    moduleCallMs: quantile(figures["beside"] ?? [], 0.5),
  };
}
