// Before all tests: says what is missing on this machine, and builds what the end-to-end tests run.

import { execFileSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");

export default function setup(): void {
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
  if (isBuildCurrent()) return;
  execFileSync(process.execPath, [join(root, "scripts/build.ts")], { stdio: "inherit" });
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
