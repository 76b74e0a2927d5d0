// Installs programs that tests and benches run beside ours, pinned, into a cache folder; they are never dependencies.
// Usage: node scripts/cached-packages.ts NAME@VERSION …; a version that is already installed is skipped.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

export const cache: string = join(
  process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"),
  "sitrep-dev",
);

/** The client version that the tests run. */
export const clientPackage = "@anthropic-ai/claude-code-linux-x64@2.1.329";

/** The folder whose `node_modules` holds a package, installed or not. */
export function packageFolder(spec: string): string {
  return join(cache, spec.replaceAll("/", "+"));
}

export const clientProgram: string = join(
  packageFolder(clientPackage),
  "node_modules/@anthropic-ai/claude-code-linux-x64/claude",
);

/** Installs a package unless it is there. Throws when npm fails. */
export function ensurePackage(spec: string): string {
  const folder = packageFolder(spec);
  const marker = join(folder, "installed");
  if (existsSync(marker)) return folder;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{"private":true}');
  process.stderr.write(`installing ${spec} into ${folder}\n`);
  const { status } = spawnSync(
    "npm",
    ["install", "--no-audit", "--no-fund", "--prefix", folder, spec],
    {
      cwd: folder,
      stdio: ["ignore", "inherit", "inherit"],
    },
  );
  if (status !== 0) throw new Error(`npm could not install ${spec}`);
  writeFileSync(marker, "");
  return folder;
}

if (import.meta.main) for (const spec of process.argv.slice(2)) ensurePackage(spec);
