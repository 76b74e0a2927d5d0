// Load this into a program before its own code (`--import`). It kills the program with SIGKILL at step KILL_AT of its
// changes to files below KILL_BELOW (paths separated by colons): before, in the middle of or after a change.

import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

const at = Number(process.env["KILL_AT"] ?? 0);
const below = (process.env["KILL_BELOW"] ?? "").split(":");
let steps = 0;

function step(): void {
  steps += 1;
  if (steps === at) process.kill(process.pid, "SIGKILL");
}

const open = new Set<number>();
const isMeant = (file: unknown): boolean =>
  typeof file === "number"
    ? open.has(file)
    : typeof file === "string" && below.some((folder) => file.startsWith(folder));

type Call = (...args: unknown[]) => unknown;
const system = fs as unknown as Record<string, Call>;

/** `half` makes a part of the change, for a step in its middle. */
function wrap(name: string, half?: Call): void {
  const real = system[name] as Call;
  const wrapped: Call = (...args) => {
    const isRead = name === "openSync" && !/[awx]/.test(String(args[1] ?? ""));
    if (isRead || !isMeant(args[0])) return real(...args);
    step();
    if (half !== undefined) {
      if (steps + 1 === at) half(...args);
      step();
    }
    const result = real(...args);
    if (name === "openSync") open.add(result as number);
    if (name === "closeSync") open.delete(Number(args[0]));
    step();
    return result;
  };
  system[name] = wrapped;
}

for (const name of ["closeSync", "fsyncSync", "chmodSync", "renameSync", "rmSync"]) wrap(name);
// `writeFileSync` also appends, to an open file.
const { writeFileSync } = fs;
wrap("writeFileSync", (file, content, options) => {
  const text = String(content);
  writeFileSync(file as number, text.slice(0, text.length >> 1), options as object);
});
wrap("openSync");
syncBuiltinESMExports();
