// The commands of docs/running-a-server.md, run as an operator runs them, but on programs of this machine in place of containers.

import { spawnSync } from "node:child_process";
import { codeLines, read } from "../docs/documents.ts";
import { builtFolder } from "./built.ts";
import type { ServeFixture } from "./serve-process.ts";

/** The code lines under a heading of the page, up to the next heading. Throws where it has none. */
export function commandsUnder(heading: string): string[] {
  const [, text = ""] = read("docs/running-a-server.md").split(`\n${heading}\n`);
  const [section = ""] = text.split(/^#/m);
  const lines = codeLines(section).filter((line) => line !== "");
  if (lines.length === 0) throw new Error(`no commands under ${heading}`);
  return lines;
}

/** As in a container: `sitrep` in the image's working folder, a program of PostgreSQL beside its server. */
const withoutContainers = (line: string): string =>
  line
    .replace(/^docker compose run(?: --\S+| "\S+")* server-\d /, "sitrep ")
    .replace(/^docker compose exec -T database /, "")
    .replaceAll(" /move/", " ");

/** Runs a line in the fixture's home by a shell, and gives what it printed. Throws what the program says. */
export function runLine(
  { home, env }: ServeFixture,
  line: string,
  more: Readonly<Record<string, string>> = {},
): string {
  const program = `sitrep() { '${process.execPath}' '${builtFolder}/cli.cjs' "$@"; }`;
  const text = `set -e; ${program}; ${withoutContainers(line)}`;
  const { status, stdout, stderr } = spawnSync("sh", ["-c", text], {
    cwd: home,
    encoding: "utf8",
    env: { PATH: process.env["PATH"], HOME: home, SITREP_HOME: home, ...env, ...more },
  });
  if (status !== 0) throw new Error(`${line}: ${stderr}`);
  return stdout;
}
