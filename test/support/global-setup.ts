// Runs before all tests: reports missing programs, builds the files that the end-to-end tests run, and makes the folder
// that tests share.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sharedVariable } from "./once-in-run.ts";

const root = join(import.meta.dirname, "../..");

export default function setup(): () => void {
  if (Number(process.versions.napi) < 10) {
    throw new Error(
      `Node ${process.versions.node} is too old: run the tests with "npm test", which brings its own Node.`,
    );
  }
  try {
    execFileSync("git", ["--version"], { stdio: "ignore" });
  } catch (cause) {
    throw new Error("git was not found. The tests need git 2.31 or later on the PATH.", { cause });
  }
  if (!isBuildCurrent()) {
    execFileSync(process.execPath, [join(root, "scripts/build.ts")], { stdio: "inherit" });
  }
  const shared = mkdtempSync(join(tmpdir(), "sitrep-shared-"));
  process.env[sharedVariable] = shared;
  // Speeds up the TypeScript programs that tests start. A coverage run has to compile them each time.
  if (process.env["SITREP_TEST_BUILD"] === undefined) {
    process.env["NODE_COMPILE_CACHE"] = join(shared, "compiled");
  }
  return () => rmSync(shared, { recursive: true, force: true });
}

function isBuildCurrent(): boolean {
  const built = statSync(join(root, "dist/lib/index.js"), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const newest = ["src", "hooks", "scripts", "package.json"].flatMap((name) => {
    const path = join(root, name);
    if (statSync(path).isFile()) return [statSync(path).mtimeMs];
    return readdirSync(path, { recursive: true, encoding: "utf8" }).map(
      (file) => statSync(join(path, file)).mtimeMs,
    );
  });
  return newest.every((changed) => changed < built);
}
