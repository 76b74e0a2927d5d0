import { chmodSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { plainStatus } from "../../../src/git/hardened.ts";
import { gates, shellQuote } from "../../../src/install/hook-entries.ts";
import { writeGates } from "../../../src/install/write-gates.ts";
import { gateFixture } from "../../support/gate-fixture.ts";
import type { GateFixture } from "../../support/gate-fixture.ts";
import { temporaryFolder } from "../../support/temporary.ts";

const earlyGit = plainStatus({
  file: "/usr/bin/git",
  home: "/home/me",
  copies: "/home/me/state/git",
});

/** Writes the gates of a fixture into a folder of their own. */
function write(fixture: GateFixture, folder: string): void {
  const { state, node, build } = fixture;
  writeGates({ folder, state, node, build, earlyGit });
}
const textsIn = (folder: string): string[] =>
  readdirSync(folder)
    .toSorted()
    .map((name) => readFileSync(join(folder, name), "utf8"));

describe("the written gates", () => {
  test("are files that only their owner can read, in a folder that only the owner can enter", () => {
    const folder = join(temporaryFolder(), "gates");
    write(gateFixture(), folder);
    const expected = [...gates.map(({ name }) => `${name}.sh`), "statusline.sh"];
    expect(readdirSync(folder).toSorted()).toEqual(expected.toSorted());
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(folder)) {
      expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
    }
  });

  test("contain each path once, quoted, and end with exit 0", () => {
    const [fixture, folder] = [gateFixture("it's $HOME"), temporaryFolder()];
    write(fixture, folder);
    const texts = textsIn(folder);
    expect(texts).toHaveLength(gates.length + 1);
    for (const text of texts) {
      expect(text.split(`\nsitrep_state=${shellQuote(fixture.state)}\n`)).toHaveLength(2);
      const isShellOnly = text.startsWith("# Sitrep, SessionEnd.");
      const nodes = text.split(`\nsitrep_node=${shellQuote(fixture.node)}\n`);
      expect(nodes).toHaveLength(isShellOnly ? 1 : 2);
      expect(text).toMatch(/\nexit 0\n$/);
      expect(text).not.toMatch(/^\s*(exec|set)\b(?! -f$)/m);
    }
  });

  test("are replaced whole when they are written again, even after damage", () => {
    const [fixture, folder] = [gateFixture(), temporaryFolder()];
    write(fixture, folder);
    const before = textsIn(folder);
    for (const name of readdirSync(folder)) writeFileSync(join(folder, name), "exit 2\n");
    rmSync(join(folder, "git-call.sh"));
    write(fixture, folder);
    expect(textsIn(folder)).toEqual(before);
  });

  test("stay unchanged if the build lacks a piece", () => {
    const [fixture, folder] = [gateFixture(), temporaryFolder()];
    write(fixture, folder);
    const before = textsIn(folder);
    rmSync(join(fixture.build, "gates", "gate-off.sh"));
    expect(() => write(fixture, folder)).toThrow(/gate-off\.sh/);
    expect(textsIn(folder)).toEqual(before);
  });

  test("keep a stricter mode that a person set", () => {
    const [fixture, folder] = [gateFixture(), temporaryFolder()];
    write(fixture, folder);
    chmodSync(join(folder, "git-call.sh"), 0o400);
    write(fixture, folder);
    expect(statSync(join(folder, "git-call.sh")).mode & 0o777).toBe(0o400);
  });
});
