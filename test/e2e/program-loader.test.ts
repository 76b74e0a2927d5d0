// How a command starts, with V8's code cache or without.

import { spawnSync } from "node:child_process";
import { cpSync, existsSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { builtFolder } from "../support/built.ts";
import { runShell } from "../support/installation.ts";
import { temporaryFolder } from "../support/temporary.ts";

const isCoverageBuild = process.env["SITREP_TEST_BUILD"] !== undefined;

/** A copy of the command's own files. */
function aCopy() {
  const folder = temporaryFolder();
  for (const name of ["cli.cjs", "cli-main.cjs", "programs.cjs", "better_sqlite3.node"]) {
    cpSync(join(builtFolder, name), join(folder, name));
  }
  const options = (more: Record<string, string>) => ({
    env: { SITREP_HOME: join(folder, "home"), ...more },
    encoding: "utf8" as const,
  });
  const run = (words: readonly string[], more: Record<string, string> = {}) => {
    const command = [join(folder, "cli.cjs"), ...words];
    const { status, stdout, stderr } = spawnSync(process.execPath, command, options(more));
    return { code: status, stdout, stderr };
  };
  const kept = join(folder, "compile-cache");
  /** When each cache file was written, by bundle. */
  const files = (): Record<string, number> =>
    Object.fromEntries(
      readdirSync(kept).map((file) => [
        file.replace(/\.cjs.*/, ""),
        statSync(join(kept, file)).mtimeMs,
      ]),
    );
  return { folder, kept, files, run, version: (more = {}) => run(["--version"], more) };
}

const expected = { code: 0, stdout: "0.1.0\n", stderr: "" };

describe.skipIf(isCoverageBuild)("a command", () => {
  test("writes its code cache once", () => {
    const { files, version } = aCopy();
    expect(version()).toEqual(expected);
    const before = files();
    expect(Object.keys(before)).toEqual(["cli-main"]);
    expect(version()).toEqual(expected);
    expect(files()).toEqual(before);
  });

  test("adds the code of another verb to the cache, once", () => {
    const { files, run } = aCopy();
    expect(run(["off"]).code).toBe(0);
    const first = files();
    expect(Object.keys(first)).toEqual(["cli-main", "programs"]);
    expect(run(["on"]).code).toBe(0);
    expect(files()).toEqual(first);
    expect(run(["logs"]).code).toBe(0);
    const second = files();
    expect(second["programs"]).toBeGreaterThan(first["programs"] ?? Infinity);
    expect([run(["on"]).code, run(["logs"]).code]).toEqual([0, 0]);
    expect(files()).toEqual(second);
  });

  test("does not use the cache of another build of the same length", () => {
    const { folder, version } = aCopy();
    expect(version()).toEqual(expected);
    const file = join(folder, "cli-main.cjs");
    writeFileSync(file, readFileSync(file, "utf8").replaceAll("0.1.0", "0.1.9"));
    expect(version()).toEqual({ ...expected, stdout: "0.1.9\n" });
    expect(version()).toEqual({ ...expected, stdout: "0.1.9\n" });
  });

  test("keeps one cache for each set of V8's flags", () => {
    const { kept, version } = aCopy();
    for (const more of [{}, { NODE_OPTIONS: "--stack-trace-limit=20" }, {}]) {
      expect(version(more)).toEqual(expected);
    }
    expect(readdirSync(kept)).toHaveLength(2);
  });

  test("writes no cache with NODE_DISABLE_COMPILE_CACHE, nor into a folder that was deleted", () => {
    const { folder, kept, run, version } = aCopy();
    expect(version({ NODE_DISABLE_COMPILE_CACHE: "1" })).toEqual(expected);
    expect(existsSync(kept)).toBe(false);
    const gone = `process.on("exit",()=>require("node:fs").rmSync(${JSON.stringify(folder)},{recursive:true}));`;
    const file = join(folder, "cli.cjs");
    writeFileSync(file, readFileSync(file, "utf8").replace("\n", `\n${gone}`));
    expect(run(["--version"])).toEqual(expected);
    expect(existsSync(folder)).toBe(false);
  });

  test("starts when the cache cannot be written", () => {
    const { kept, version } = aCopy();
    writeFileSync(kept, "in the way");
    expect(version()).toEqual(expected);
  });

  test.each(["", "x".repeat(700_000), "\0".repeat(700_000)])(
    "starts when the cache is damaged, and writes it again",
    (damage) => {
      const { kept, version } = aCopy();
      version();
      const [file = ""] = readdirSync(kept).map((name) => join(kept, name));
      writeFileSync(file, damage);
      expect(version()).toEqual(expected);
      expect(readFileSync(file).includes("cli-main.cjs")).toBe(true);
    },
  );

  test("writes the cache again when V8 rejects it", () => {
    const { kept, version } = aCopy();
    version();
    const [file = ""] = readdirSync(kept).map((name) => join(kept, name));
    const refused = readFileSync(file).fill(0, 0, 16);
    writeFileSync(file, refused);
    expect(version()).toEqual(expected);
    expect(readFileSync(file).subarray(0, 16)).not.toEqual(refused.subarray(0, 16));
  });

  test("starts when many processes write the cache at once", async () => {
    const { folder, kept } = aCopy();
    const command = `"${process.execPath}" "${join(folder, "cli.cjs")}" --version`;
    const env = { SITREP_HOME: folder };
    const all = Array.from({ length: 8 }, () => runShell(command, { cwd: folder, env }));
    for (const { ms: _, ...ran } of await Promise.all(all)) expect(ran).toEqual(expected);
    expect(readdirSync(kept)).toHaveLength(1);
  });
});

test.skipIf(isCoverageBuild).each(["cli-main", "task-list", "today"])(
  "the bundle %s has no schemas, no query builder and no child processes",
  (name) => {
    const code = readFileSync(join(builtFolder, `${name}.cjs`), "utf8");
    expect(code).not.toMatch(/ZodError|selectFrom|openid|require\("node:child_process"\)/);
  },
);
