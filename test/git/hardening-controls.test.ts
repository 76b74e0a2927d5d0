// A control for each defence in hardened.ts: the same call without it starts the canary. Where two defences cover one
// vector, each alone must hold and none must not.

import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { gitEnvironment, logArgs, statusArgs } from "../../src/git/hardened.ts";
import { findRepository } from "../../src/git/repository.ts";
import { gitCallEnvironment } from "../../src/git/settings-copy.ts";
import { createSpawnGit } from "../../src/git/spawn-git.ts";
import { createCanary } from "../support/git-canary.ts";
import { defencesOf, withoutDefences } from "../support/git-defences.ts";
import {
  aGitProgram,
  environmentIn,
  gitFile,
  makeStatDirty,
  readState,
} from "../support/git-reading.ts";
import { armedRepository, vectorNamed, vectors } from "../support/git-vectors.ts";
import { temporaryRepository } from "../support/repository.ts";
import { temporaryFolder } from "../support/temporary.ts";

const hasScript = spawnSync("script", ["--version"]).status === 0;

interface Control {
  vector: string;
  /** Variables, settings and arguments that are taken out. */
  without: readonly string[];
  args: readonly string[];
  fires: boolean;
}

const all = {
  hooks: ["core.hooksPath", "GIT_OPTIONAL_LOCKS"],
  fetch: ["GIT_ALLOW_PROTOCOL", "GIT_NO_LAZY_FETCH", "protocol.allow"],
  place: ["GIT_DIR", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY"],
  signature: ["log.showSignature", "--no-show-signature"],
} as const;

/** None of the defences: fires. Each one alone: does not. */
function eachAloneHolds(vector: string, defences: readonly string[], args: readonly string[]) {
  return [
    { vector, without: defences, args, fires: true },
    ...defences.map((kept) => ({
      vector,
      without: defences.filter((one) => one !== kept),
      args,
      fires: false,
    })),
  ];
}

const diffArgs = ["--no-pager", "diff"] as const;

const controls: readonly Control[] = [
  { vector: "core.fsmonitor", without: [], args: statusArgs, fires: false },
  { vector: "core.fsmonitor", without: ["core.fsmonitor"], args: statusArgs, fires: true },
  ...vectors
    .filter(({ name }) => /^filter (?!.*(?:around a \.git|not UTF-8))/.test(name))
    .flatMap(({ name }) =>
      [[], ["GIT_COMMON_DIR"]].map((without) => ({
        vector: name,
        without,
        args: statusArgs,
        fires: without.length > 0,
      })),
    ),
  {
    vector: "a submodule's filter clean",
    without: ["--ignore-submodules=dirty"],
    args: statusArgs,
    fires: true,
  },
  {
    vector: "a submodule's core.fsmonitor",
    without: ["--ignore-submodules=dirty", "core.fsmonitor"],
    args: statusArgs,
    fires: true,
  },
  ...eachAloneHolds("core.hooksPath with post-index-change", all.hooks, statusArgs),
  ...eachAloneHolds(".git/hooks/post-index-change", [...all.hooks, "GIT_COMMON_DIR"], statusArgs),
  {
    vector: "a bare repository beside an empty .git folder",
    without: [...all.place, "core.fsmonitor"],
    args: statusArgs,
    fires: true,
  },
  ...eachAloneHolds("a missing tree asked for by remote.uploadpack", all.fetch, statusArgs),
  ...eachAloneHolds("a missing tree asked for by core.sshCommand", all.fetch, statusArgs),
  ...eachAloneHolds("a missing commit asked for by remote.uploadpack", all.fetch, logArgs),
  ...eachAloneHolds("log.showSignature with gpg.openpgp.program", all.signature, logArgs),
  ...[[], all.place].map((without) => ({
    vector: "filter clean around a .git folder without objects",
    without,
    args: statusArgs,
    fires: without.length > 0,
  })),
  { vector: "diff.external", without: [], args: diffArgs, fires: false },
  { vector: "diff.external", without: ["diff.external"], args: diffArgs, fires: true },
];

/** The environment of our call in a folder, as far as it can be had: git itself may take it for no repository. */
async function hardenedEnvironment(folder: string): Promise<Record<string, string>> {
  const program = aGitProgram();
  const gitDir = join(folder, ".git");
  const place = { worktree: folder, gitDir, commonDir: gitDir };
  const found = findRepository(folder);
  if (found?.worktree !== folder || found.bare) return gitEnvironment(program, place, gitDir);
  const caller = { program, run: createSpawnGit(program), timeoutMs: 10_000 };
  return (await gitCallEnvironment(found, caller)).env;
}

async function call(
  folder: string,
  args: readonly string[],
  without: readonly string[],
): Promise<{ code: number | null; output: string }> {
  const { status, stdout } = spawnSync(
    gitFile,
    args.filter((arg) => !without.includes(arg)),
    {
      cwd: folder,
      env: withoutDefences(await hardenedEnvironment(folder), without),
      encoding: "utf8",
      timeout: 5000,
    },
  );
  return { code: status, output: stdout };
}

describe("A1-A8: each attack starts its program if a defence is removed", () => {
  test.each(controls)(
    "$vector without $without: $fires",
    async ({ vector, without, args, fires }) => {
      const canary = createCanary();
      const folder = armedRepository(vectorNamed(vector), canary);
      await call(folder, args, without);
      expect(canary.hasFired()).toBe(fires);
    },
  );
});

// git starts a pager for a terminal only, which our calls never have: these give it one.
describe.skipIf(!hasScript)("git at a terminal", () => {
  test.each([
    { without: [], fires: false },
    { without: ["core.pager"], fires: false },
    { without: ["--no-pager"], fires: false },
    { without: ["core.pager", "--no-pager"], fires: true },
  ])("starts core.pager without $without: $fires", async ({ without, fires }) => {
    const canary = createCanary();
    const { folder, git, commit } = temporaryRepository();
    commit("tracked", "one\n");
    git("config", "core.pager", canary.program);
    const args = logArgs.filter((arg) => !without.includes(arg));
    const command = [gitFile, ...args].map((word) => `'${word}'`).join(" ");
    spawnSync("script", ["-qec", command, "/dev/null"], {
      cwd: folder,
      env: withoutDefences(await hardenedEnvironment(folder), without),
      stdio: "ignore",
      timeout: 5000,
    });
    expect(canary.hasFired()).toBe(fires);
  });
});

describe("git without a defence", () => {
  test("shows another folder through core.worktree unless the working tree is fixed", async () => {
    const elsewhere = temporaryFolder();
    writeFileSync(join(elsewhere, "private-file"), "");
    const { folder, git } = temporaryRepository();
    git("config", "core.worktree", elsewhere);
    expect((await call(folder, statusArgs, [])).output).not.toContain("private-file");
    expect((await call(folder, statusArgs, ["GIT_WORK_TREE", ...all.place])).output).toContain(
      "private-file",
    );
  });

  test("F52: git writes the index during a reading, unless GIT_OPTIONAL_LOCKS is 0", async () => {
    const { folder, commit } = temporaryRepository();
    commit("tracked", "one\n");
    makeStatDirty(folder, "tracked");
    const index = (): Buffer => readFileSync(join(folder, ".git/index"));
    const before = index();
    await readState(folder);
    expect(index().equals(before)).toBe(true);
    await call(folder, statusArgs, ["GIT_OPTIONAL_LOCKS"]);
    expect(index().equals(before)).toBe(false);
  });

  test("F53: a stale lock on the index does not stop git's output", async () => {
    const { folder, commit } = temporaryRepository();
    commit("tracked", "one\n");
    writeFileSync(join(folder, ".git/index.lock"), "");
    makeStatDirty(folder, "tracked");
    expect((await readState(folder)).counts.modified).toBe(0);
  });
});

test("every variable and setting of a hardened call has a test without it, or a reason here", () => {
  const covered = new Set([
    ...controls.flatMap(({ without }) => without),
    "GIT_WORK_TREE",
    "core.pager",
  ]);
  const reasons = {
    HOME: "user-filters.test.ts shows whose settings count",
    PATH: "find-git.test.ts shows which programs are found",
    LC_ALL: "the formats that are parsed have no language",
    GIT_TERMINAL_PROMPT: "nothing that is not fetched can ask",
  };
  const defences = defencesOf(environmentIn("/"));
  const unexplained = defences.filter((name) => !covered.has(name) && !(name in reasons));
  expect(unexplained).toEqual([]);
});
