// A control for each defence in hardened.ts: the same call without it starts the canary. Where two defences cover one
// vector, each alone must hold and none must not.

import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  gitEnvironment,
  listConfigArgs,
  logArgs,
  repositoryFilters,
  statusArgs,
} from "../../src/git/hardened.ts";
import { createCanary } from "../support/git-canary.ts";
import { defencesOf, withoutDefences } from "../support/git-defences.ts";
import { aGitProgram, gitFile, makeStatDirty, readState } from "../support/git-reading.ts";
import { armedRepository, vectorNamed } from "../support/git-vectors.ts";
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
  equals: ["filter.a=b.clean", "filter.a=b.process"],
  hooks: ["core.hooksPath", "GIT_OPTIONAL_LOCKS"],
  fetch: ["GIT_ALLOW_PROTOCOL", "GIT_NO_LAZY_FETCH", "protocol.allow"],
  bare: ["safe.bareRepository", "core.fsmonitor"],
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
  // A blank "process" makes git pass over "clean" too.
  ...eachAloneHolds("filter clean", ["filter.x.clean", "filter.x.process"], statusArgs),
  ...eachAloneHolds("filter clean named a=b", all.equals, statusArgs),
  { vector: "filter process", without: ["filter.x.process"], args: statusArgs, fires: true },
  {
    vector: "filter process named a=b",
    without: ["filter.a=b.process"],
    args: statusArgs,
    fires: true,
  },
  {
    vector: "a submodule's filter clean",
    without: ["--ignore-submodules=all"],
    args: statusArgs,
    fires: true,
  },
  {
    vector: "a submodule's core.fsmonitor",
    without: ["--ignore-submodules=all", "core.fsmonitor"],
    args: statusArgs,
    fires: true,
  },
  ...eachAloneHolds("core.hooksPath with post-index-change", all.hooks, statusArgs),
  ...eachAloneHolds(".git/hooks/post-index-change", all.hooks, statusArgs),
  ...eachAloneHolds("a bare repository beside an empty .git folder", all.bare, statusArgs),
  ...eachAloneHolds("a missing tree asked for by remote.uploadpack", all.fetch, statusArgs),
  ...eachAloneHolds("a missing tree asked for by core.sshCommand", all.fetch, statusArgs),
  ...eachAloneHolds("a missing commit asked for by remote.uploadpack", all.fetch, logArgs),
  ...eachAloneHolds("log.showSignature with gpg.openpgp.program", all.signature, logArgs),
  ...[[], ["GIT_CEILING_DIRECTORIES"]].map((without) => ({
    vector: "filter clean around a .git folder without objects",
    without,
    args: statusArgs,
    fires: without.length > 0,
  })),
  { vector: "diff.external", without: [], args: diffArgs, fires: false },
  { vector: "diff.external", without: ["diff.external"], args: diffArgs, fires: true },
];

/** The environment of our call in a folder, with the filters of its repository blanked. */
function hardenedEnvironment(folder: string): Record<string, string> {
  const program = aGitProgram();
  const listing = execFileSync(gitFile, [...listConfigArgs], {
    cwd: folder,
    env: withoutDefences(gitEnvironment(program, folder, []), ["safe.bareRepository"]),
    encoding: "utf8",
  });
  return gitEnvironment(program, folder, repositoryFilters(listing));
}

function call(
  folder: string,
  args: readonly string[],
  without: readonly string[],
): { code: number | null; output: string } {
  const { status, stdout } = spawnSync(
    gitFile,
    args.filter((arg) => !without.includes(arg)),
    {
      cwd: folder,
      env: withoutDefences(hardenedEnvironment(folder), without),
      encoding: "utf8",
      timeout: 5000,
    },
  );
  return { code: status, output: stdout };
}

describe("without a defence the canary fires", () => {
  test.each(controls)("$vector without $without: $fires", ({ vector, without, args, fires }) => {
    const canary = createCanary();
    const folder = armedRepository(vectorNamed(vector), canary);
    call(folder, args, without);
    expect(canary.hasFired()).toBe(fires);
  });

  test("a blank filter given by -c does not reach a name with an equals sign", () => {
    const canary = createCanary();
    const folder = armedRepository(vectorNamed("filter clean named a=b"), canary);
    const blanks = ["-c", "filter.a=b.clean=", "-c", "filter.a=b.process="];
    call(folder, [...blanks, ...statusArgs], all.equals);
    expect(canary.hasFired()).toBe(true);
  });
});

// git starts a pager for a terminal only, which our calls never have: these give it one.
describe.skipIf(!hasScript)("at a terminal", () => {
  test.each([
    { without: [], fires: false },
    { without: ["core.pager"], fires: false },
    { without: ["--no-pager"], fires: false },
    { without: ["core.pager", "--no-pager"], fires: true },
  ])("core.pager without $without: $fires", ({ without, fires }) => {
    const canary = createCanary();
    const { folder, git, commit } = temporaryRepository();
    commit("tracked", "one\n");
    git("config", "core.pager", canary.program);
    const args = logArgs.filter((arg) => !without.includes(arg));
    const command = [gitFile, ...args].map((word) => `'${word}'`).join(" ");
    spawnSync("script", ["-qec", command, "/dev/null"], {
      cwd: folder,
      env: withoutDefences(hardenedEnvironment(folder), without),
      stdio: "ignore",
      timeout: 5000,
    });
    expect(canary.hasFired()).toBe(fires);
  });
});

describe("without a defence the answer is wrong", () => {
  test("a required filter that is blank needs required=false as well", () => {
    const folder = armedRepository(vectorNamed("filter clean, required"), createCanary());
    expect(call(folder, statusArgs, []).code).toBe(0);
    expect(call(folder, statusArgs, ["filter.x.required"]).code).toBe(128);
  });

  test("core.worktree shows another folder unless the working tree is pinned", () => {
    const elsewhere = temporaryFolder();
    writeFileSync(join(elsewhere, "private-file"), "");
    const { folder, git } = temporaryRepository();
    git("config", "core.worktree", elsewhere);
    expect(call(folder, statusArgs, []).output).not.toContain("private-file");
    expect(call(folder, statusArgs, ["GIT_WORK_TREE"]).output).toContain("private-file");
  });

  test("reading leaves the index as it is; without GIT_OPTIONAL_LOCKS it is written", async () => {
    const { folder, commit } = temporaryRepository();
    commit("tracked", "one\n");
    makeStatDirty(folder, "tracked");
    const index = (): Buffer => readFileSync(join(folder, ".git/index"));
    const before = index();
    await readState(folder);
    expect(index().equals(before)).toBe(true);
    call(folder, statusArgs, ["GIT_OPTIONAL_LOCKS"]);
    expect(index().equals(before)).toBe(false);
  });

  test("a lock that somebody left on the index does not stop the answer", async () => {
    const { folder, commit } = temporaryRepository();
    commit("tracked", "one\n");
    writeFileSync(join(folder, ".git/index.lock"), "");
    makeStatDirty(folder, "tracked");
    expect((await readState(folder)).counts.modified).toBe(0);
  });
});

test("every variable and setting of a hardened call has its control, or its reason here", () => {
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
  const defences = defencesOf(gitEnvironment(aGitProgram(), "/", []));
  const unexplained = defences.filter((name) => !covered.has(name) && !(name in reasons));
  expect(unexplained).toEqual([]);
});
