// How a command starts: from code that V8 has kept, or without it.

import { spawnSync } from "node:child_process";
import { cpSync, existsSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { builtFolder } from "../support/built.ts";
import { runShell } from "../support/installation.ts";
import { temporaryFolder } from "../support/temporary.ts";

const isCoverageBuild = process.env["SITREP_TEST_BUILD"] !== undefined;

/** The command's own files alone, and what it gives of them. */
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
  /** Each file that is kept, by the bundle that it is of, with when it was written. */
  const files = (): Record<string, number> =>
    Object.fromEntries(
      readdirSync(kept).map((file) => [
        file.replace(/\.cjs.*/, ""),
        statSync(join(kept, file)).mtimeMs,
      ]),
    );
  return { folder, kept, files, run, version: (more = {}) => run(["--version"], more) };
}

const asItShould = { code: 0, stdout: "0.1.0\n", stderr: "" };

describe.skipIf(isCoverageBuild)("a command", () => {
  test("keeps its compiled code beside it, and starts from that", () => {
    const { files, version } = aCopy();
    expect(version()).toEqual(asItShould);
    const before = files();
    expect(Object.keys(before)).toEqual(["cli-main"]);
    expect(version()).toEqual(asItShould);
    expect(files()).toEqual(before);
  });

  test("adds what another verb has run, once", () => {
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

  test("runs another build of the same length, not what was kept of the one before", () => {
    const { folder, version } = aCopy();
    expect(version()).toEqual(asItShould);
    const file = join(folder, "cli-main.cjs");
    writeFileSync(file, readFileSync(file, "utf8").replaceAll("0.1.0", "0.1.9"));
    expect(version()).toEqual({ ...asItShould, stdout: "0.1.9\n" });
    expect(version()).toEqual({ ...asItShould, stdout: "0.1.9\n" });
  });

  test("keeps code for each set of V8's flags by itself", () => {
    const { kept, version } = aCopy();
    for (const more of [{}, { NODE_OPTIONS: "--stack-trace-limit=20" }, {}]) {
      expect(version(more)).toEqual(asItShould);
    }
    expect(readdirSync(kept)).toHaveLength(2);
  });

  test("keeps nothing where it is told so, and makes no folder anew that is gone", () => {
    const { folder, kept, run, version } = aCopy();
    expect(version({ NODE_DISABLE_COMPILE_CACHE: "1" })).toEqual(asItShould);
    expect(existsSync(kept)).toBe(false);
    const gone = `process.on("exit",()=>require("node:fs").rmSync(${JSON.stringify(folder)},{recursive:true}));`;
    const file = join(folder, "cli.cjs");
    writeFileSync(file, readFileSync(file, "utf8").replace("\n", `\n${gone}`));
    expect(run(["--version"])).toEqual(asItShould);
    expect(existsSync(folder)).toBe(false);
  });

  test("starts where nothing can be kept", () => {
    const { kept, version } = aCopy();
    writeFileSync(kept, "in the way");
    expect(version()).toEqual(asItShould);
  });

  test.each(["", "x".repeat(700_000), "\0".repeat(700_000)])(
    "starts when what was kept is damaged, and keeps it anew",
    (damage) => {
      const { kept, version } = aCopy();
      version();
      const [file = ""] = readdirSync(kept).map((name) => join(kept, name));
      writeFileSync(file, damage);
      expect(version()).toEqual(asItShould);
      expect(readFileSync(file).includes("cli-main.cjs")).toBe(true);
    },
  );

  test("keeps anew what V8 refuses", () => {
    const { kept, version } = aCopy();
    version();
    const [file = ""] = readdirSync(kept).map((name) => join(kept, name));
    const refused = readFileSync(file).fill(0, 0, 16);
    writeFileSync(file, refused);
    expect(version()).toEqual(asItShould);
    expect(readFileSync(file).subarray(0, 16)).not.toEqual(refused.subarray(0, 16));
  });

  test("starts from it when many begin at once", async () => {
    const { folder, kept } = aCopy();
    const command = `"${process.execPath}" "${join(folder, "cli.cjs")}" --version`;
    const env = { SITREP_HOME: folder };
    const all = Array.from({ length: 8 }, () => runShell(command, { cwd: folder, env }));
    for (const { ms: _, ...ran } of await Promise.all(all)) expect(ran).toEqual(asItShould);
    expect(readdirSync(kept)).toHaveLength(1);
  });
});

test.skipIf(isCoverageBuild).each(["cli-main", "task-list", "today"])(
  "%s, which is waited for, has no schemas, no query builder and no processes in it",
  (name) => {
    const code = readFileSync(join(builtFolder, `${name}.cjs`), "utf8");
    expect(code).not.toMatch(/ZodError|selectFrom|openid|require\("node:child_process"\)/);
  },
);
