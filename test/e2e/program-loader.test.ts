// How a command starts: from code that V8 has kept, or without it.

import { spawnSync } from "node:child_process";
import { cpSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { builtFolder } from "../support/built.ts";
import { temporaryFolder } from "../support/temporary.ts";

const isCoverageBuild = process.env["SITREP_TEST_BUILD"] !== undefined;

/** The command's own files alone, and what `--version` of them gives. */
function aCopy() {
  const folder = temporaryFolder();
  for (const name of ["cli.cjs", "cli-main.cjs"]) {
    cpSync(join(builtFolder, name), join(folder, name));
  }
  const version = () => {
    const ran = spawnSync(process.execPath, [join(folder, "cli.cjs"), "--version"], {
      env: { SITREP_HOME: folder },
      encoding: "utf8",
    });
    return { code: ran.status, stdout: ran.stdout, stderr: ran.stderr };
  };
  return { folder, kept: join(folder, "compile-cache"), version };
}

const asItShould = { code: 0, stdout: "0.1.0\n", stderr: "" };

describe("a command", () => {
  test.skipIf(isCoverageBuild)("keeps its compiled code beside it, and starts from that", () => {
    const { kept, version } = aCopy();
    expect(version()).toEqual(asItShould);
    const files = readdirSync(kept, { recursive: true }).map(String);
    expect(files.length).toBeGreaterThan(1);
    expect(version()).toEqual(asItShould);
    expect(readdirSync(kept, { recursive: true }).map(String)).toEqual(files);
  });

  test("starts where nothing can be kept", () => {
    const { kept, version } = aCopy();
    writeFileSync(kept, "in the way");
    expect(version()).toEqual(asItShould);
  });

  test("starts when what was kept is damaged", () => {
    const { kept, version } = aCopy();
    version();
    const files = isCoverageBuild
      ? []
      : readdirSync(kept, { recursive: true, withFileTypes: true });
    for (const file of files) {
      if (file.isFile()) writeFileSync(join(file.parentPath, file.name), "x".repeat(700_000));
    }
    expect(version()).toEqual(asItShould);
  });
});

test.skipIf(isCoverageBuild).each(["cli-main", "task-look", "today"])(
  "%s, which is waited for, has no schemas, no query builder and no processes in it",
  (name) => {
    const code = readFileSync(join(builtFolder, `${name}.cjs`), "utf8");
    expect(code).not.toMatch(/ZodError|selectFrom|openid|require\("node:child_process"\)/);
  },
);
