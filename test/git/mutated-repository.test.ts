// An attacker who changes a `.git` folder at random gets nothing run, and holds nobody up. SITREP_MUTATIONS=10000 makes as
// many; a failure names its seed.

import { spawnSync } from "node:child_process";
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { codeOf } from "../../src/core/errors.ts";
import { locate } from "../../src/git/repository.ts";
import { readGitState } from "../../src/git/read-state.ts";
import { readRemoteName } from "../../src/git/remote.ts";
import { createSpawnGit } from "../../src/git/spawn-git.ts";
import { createCanary, type Canary } from "../support/git-canary.ts";
import { copyFolder, createRandom, mutate } from "../support/git-mutator.ts";
import { aGitProgram, gitFile, makeStatDirty } from "../support/git-reading.ts";
import { plainGitEnvironment, repositoryAt, temporaryRepository } from "../support/repository.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { triesAll } from "../support/cases.ts";

const mutations = Number(process.env["SITREP_MUTATIONS"] ?? (triesAll ? 300 : 100));
/** For each git call; and what the whole of one may take beside a busy machine's pauses. */
const [timeoutMs, patienceMs] = [2000, 10_000];

/** Two repositories to begin with: a plain one, and a linked worktree of it. */
function templates(): { folder: string; linked: string } {
  const repository = temporaryRepository();
  repository.commit("tracked", "one\n");
  repository.commit("second", "second\n");
  repository.git("branch", "base");
  repository.git("branch", "-q", "-u", "base");
  const linked = join(repository.folder, "linked");
  repository.git("worktree", "add", "-q", linked);
  // Samples.
  rmSync(join(repository.folder, ".git/hooks"), { recursive: true, force: true });
  return { folder: repository.folder, linked };
}

/** The mutated repository of a seed; gives the working tree to read. */
function mutated(template: string, folder: string, canary: Canary, seed: number): string {
  const random = createRandom(seed);
  copyFolder(template, folder);
  const main = repositoryAt(folder);
  main.write("tracked", "two\n");
  makeStatDirty(folder, "tracked");
  const kind = random(4);
  if (kind === 0) {
    // The linked worktree's own git folder; it names the copy's place.
    const [tree, gitDir] = [join(folder, "linked"), join(folder, ".git/worktrees/linked")];
    writeFileSync(join(tree, ".git"), `gitdir: ${gitDir}\n`);
    writeFileSync(join(gitDir, "gitdir"), `${tree}/.git\n`);
    writeFileSync(join(tree, "tracked"), "two\n");
    makeStatDirty(tree, "tracked");
    mutate(tree, random(2) === 0 ? gitDir : join(folder, ".git"), canary, random);
    return tree;
  }
  if (kind === 1) {
    // A git folder elsewhere, named by a file.
    renameSync(join(folder, ".git"), join(folder, "elsewhere"));
    const end = ["\n", "", " \n", "\r\n", "\u2028", "/\n"][random(6)] ?? "";
    writeFileSync(join(folder, ".git"), `gitdir: elsewhere${end}`);
    mutate(folder, join(folder, "elsewhere"), canary, random);
    return folder;
  }
  mutate(folder, join(folder, ".git"), canary, random);
  return folder;
}

test(`A1-A9, B5, B24: ${mutations} random changes to .git folders make git neither run anything nor hang`, async () => {
  const canary = createCanary();
  const parent = temporaryFolder();
  const { folder: template } = templates();
  const program = aGitProgram({ copies: join(parent, "copies") });
  const run = createSpawnGit(program);
  const bites = { control: 0, tried: 0 };
  const responses = new Map<string, number>();
  let maxMs = 0;
  const before = process.memoryUsage().rss;
  for (let seed = 1; seed <= mutations; seed += 1) {
    const folder = join(parent, `r${seed % 7}`);
    rmSync(folder, { recursive: true, force: true });
    const tree = mutated(template, folder, canary, seed);
    const began = performance.now();
    const place = locate(tree);
    readRemoteName(tree);
    const extent = seed % 3 === 0 ? "whole" : "status";
    const response =
      place?.repository == null
        ? "none"
        : await readGitState(place.repository, { program, run, timeoutMs, extent }).then(
            () => "state",
            codeOf,
          );
    maxMs = Math.max(maxMs, performance.now() - began);
    responses.set(response, (responses.get(response) ?? 0) + 1);
    expect({ seed, fired: canary.hasFired() }).toEqual({ seed, fired: false });
    // What the tree belongs to is it, what holds it, or nothing: nothing else's tasks.
    expect({
      seed,
      project:
        place === null || folder.startsWith(place.project) || place.project.startsWith(folder),
    }).toEqual({ seed, project: true });
    if (seed % 10 === 0) {
      spawnSync(gitFile, ["status"], { cwd: tree, env: plainGitEnvironment, timeout: 5000 });
      bites.tried += 1;
      if (canary.hasFired()) bites.control += 1;
      canary.reset();
    }
  }
  const grownMiB = (process.memoryUsage().rss - before) / 2 ** 20;
  const report = { mutations, responses: Object.fromEntries(responses), bites, maxMs, grownMiB };
  if ("SITREP_MUTATIONS" in process.env) process.stdout.write(`${JSON.stringify(report)}\n`);
  // Or it would prove nothing: of those that plain git is tried on, a tenth run the program; and most give a response.
  expect(bites.control).toBeGreaterThan(bites.tried / 10);
  expect(responses.get("state") ?? 0).toBeGreaterThan(mutations / 4);
  expect(Object.keys(report.responses).toSorted()).not.toContain("unexpected");
  expect(maxMs).toBeLessThan(patienceMs);
  expect(grownMiB).toBeLessThan(150);
}, 3_600_000);
