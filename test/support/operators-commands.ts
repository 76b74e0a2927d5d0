// Runs the commands of docs/running-a-server.md like an operator, but with this machine's programs, without containers.

import { spawnSync } from "node:child_process";
import { codeLines, read } from "../docs/documents.ts";
import { builtFolder } from "./built.ts";
import type { ServeFixture } from "./serve-process.ts";

/** Returns the code lines between a heading of the page and the next heading. Throws if there are none. */
export function commandsUnder(heading: string): string[] {
  const [, text = ""] = read("docs/running-a-server.md").split(`\n${heading}\n`);
  const [section = ""] = text.split(/^#/m);
  const lines = codeLines(section).filter((line) => line !== "");
  if (lines.length === 0) throw new Error(`no commands under ${heading}`);
  return lines;
}

/** Replaces container commands: `sitrep` in the image's working directory, PostgreSQL's programs at its server. */
const withoutContainers = (line: string): string =>
  line
    .replace(/^docker compose run(?: --\S+| "\S+")* server-\d /, "sitrep ")
    .replace(/^docker compose exec -T database /, "")
    .replaceAll(" /move/", " ");

/** Runs a line with a shell in the fixture's home and returns its output. Throws the program's error output. */
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
