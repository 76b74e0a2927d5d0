// docs/troubleshooting.md has every check of `sitrep doctor` and every error code, and no others.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { errorCodes } from "../../src/core/errors.ts";
import { builtFolder } from "../support/built.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { read } from "./documents.ts";

const page = read("docs/troubleshooting.md");
const firstColumn = (from: string, to: string): string[] => {
  const section = page.slice(
    page.indexOf(`\n## ${from}`),
    to === "" ? undefined : page.indexOf(to),
  );
  const rows = [...section.matchAll(/^\| ([^|]+?) +\|/gm)].map(([, cell = ""]) => cell);
  return rows.filter((cell) => !/^(?:check|code|-+)$/.test(cell));
};

test("docs/troubleshooting.md explains each check that doctor makes, in doctor's order", () => {
  const home = temporaryFolder();
  const { stdout } = spawnSync(
    process.execPath,
    [join(builtFolder, "cli.cjs"), "doctor", "--json", "--project", home],
    { env: { PATH: process.env["PATH"], HOME: home, SITREP_HOME: home }, encoding: "utf8" },
  );
  const made = (JSON.parse(stdout) as { name: string }[]).map(({ name }) =>
    name.replace(/^source .*/, "source NAME"),
  );
  expect(firstColumn("What doctor checks", "\n## All codes")).toEqual(made);
});

test("docs/troubleshooting.md explains each error code, once", () => {
  const explained = firstColumn("All codes", "").map((cell) => cell.replaceAll("`", ""));
  // Codes of SQLite's own, and the one that the hook's timer leaves.
  const others = ["SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_BUSY", "hook-deadline"];
  expect(explained.toSorted()).toEqual([...errorCodes, ...others].toSorted());
});
