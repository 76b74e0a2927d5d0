// Builds other versions of git into the cache folder for test/git/hostile-repository.test.ts. They are never installed.
// Usage: node scripts/cached-gits.ts SUITE|FOLDER …; a Debian suite, whose sources are fetched, or a folder of git's
// sources. Needs make, a C compiler and zlib. A version that is already built is skipped.

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cache } from "./cached-packages.ts";

export interface CachedGit {
  version: string;
  file: string;
}

/** The versions that are built. */
export function cachedGits(): CachedGit[] {
  const names = existsSync(cache) ? readdirSync(cache) : [];
  return names.flatMap((name) => {
    const file = join(cache, name, "bin/git");
    return name.startsWith("git@") && existsSync(file) ? [{ version: name.slice(4), file }] : [];
  });
}

function run(command: string, args: readonly string[], cwd: string): void {
  execFileSync(command, [...args], { cwd, stdio: ["ignore", "ignore", "inherit"] });
}

/** Fetches and unpacks a suite's sources below `folder`, with separate apt lists. Returns the folder of the sources. */
function sourcesOf(suite: string, folder: string): string {
  const lists = join(folder, "lists");
  mkdirSync(join(lists, "partial"), { recursive: true });
  const key = "/usr/share/keyrings/debian-archive-keyring.gpg";
  const list = `deb-src [signed-by=${key}] http://deb.debian.org/debian ${suite} main\n`;
  writeFileSync(join(folder, "sources.list"), list);
  const options = [
    `Dir::Etc::sourcelist=${join(folder, "sources.list")}`,
    "Dir::Etc::sourceparts=/dev/null",
    `Dir::State::lists=${lists}`,
    `Dir::Cache=${folder}`,
    "APT::Sandbox::User=root",
  ].flatMap((option) => ["-o", option]);
  run("apt-get", [...options, "-qq", "update"], folder);
  run("apt-get", [...options, "-qq", "source", "--download-only", "git"], folder);
  const archive = readdirSync(folder).find((name) => name.includes(".orig.tar."));
  if (archive === undefined) throw new Error(`${suite} has no sources of git`);
  run("tar", ["xf", archive], folder);
  return join(folder, `git-${archive.replace(/^git_|\.orig\.tar\..*$/g, "")}`);
}

const leftOut = ["CURL", "EXPAT", "GETTEXT", "OPENSSL", "PERL", "PYTHON", "RUST", "TCLTK"];

function build(sources: string): void {
  const version = /git-([\d.]+)\/?$/.exec(sources)?.[1];
  if (version === undefined) throw new Error(`${sources} is not named git-VERSION`);
  const prefix = join(cache, `git@${version}`);
  if (existsSync(join(prefix, "bin/git"))) return;
  process.stderr.write(`building git ${version} into ${prefix}\n`);
  const options = [`prefix=${prefix}`, "CFLAGS=-O1", ...leftOut.map((name) => `NO_${name}=1`)];
  run("make", ["-s", "-j2", ...options, "all"], sources);
  run("make", ["-s", ...options, "install"], sources);
}

if (import.meta.main) {
  for (const one of process.argv.slice(2)) {
    const folder = mkdtempSync(join(tmpdir(), "sitrep-git-"));
    try {
      build(existsSync(one) ? one : sourcesOf(one, folder));
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
}
