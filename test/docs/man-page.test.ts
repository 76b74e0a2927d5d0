// The man page is made from the commands, and its readers find no fault in it.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { manPage } from "../../scripts/docs/man.ts";
import { program } from "../../src/cli/program/program.ts";
import { read } from "./documents.ts";

const file = join(import.meta.dirname, "../../man/sitrep.1");
const isThere = (command: string): boolean => spawnSync(command, ["--version"]).error === undefined;

test("man/sitrep.1 is as `npm run docs` writes it, and the package contains it", () => {
  expect(read("man/sitrep.1")).toBe(manPage());
  const manifest = JSON.parse(read("package.json")) as { man: string; files: string[] };
  expect(manifest.man).toBe("man/sitrep.1");
  expect(manifest.files).toContain("man");
});

test("man/sitrep.1 has every command", () => {
  const page = read("man/sitrep.1").replaceAll("\\-", "-");
  const missing = program.allVerbs.filter(
    (verb) => verb !== "demo" && !page.includes(`sitrep ${verb}`),
  );
  expect(missing).toEqual([]);
});

test.runIf(isThere("mandoc"))("mandoc finds no mistake in man/sitrep.1", () => {
  const { stdout } = spawnSync("mandoc", ["-T", "lint", "-W", "warning", file], {
    encoding: "utf8",
  });
  // A date would be another with each build.
  const found = stdout.split("\n").filter((line) => !/missing date|^$/.test(line));
  expect(found).toEqual([]);
});

test.runIf(isThere("man"))("man shows commands exactly as they are typed", () => {
  const { stdout, stderr } = spawnSync("man", ["--warnings", "-P", "cat", "-l", file], {
    encoding: "utf8",
    env: { PATH: process.env["PATH"], MANWIDTH: "100", LC_ALL: "C.UTF-8" },
  });
  expect(stderr).toBe("");
  expect(stdout.replaceAll(/.\u0008/g, "")).toMatch(
    /--dry-run\s+show the change without making it/,
  );
});
