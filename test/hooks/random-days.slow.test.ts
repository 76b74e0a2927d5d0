// Days nobody thought of: what a person, a colleague and a server do is drawn by lot, and every brief and all news in between
// are asked what the situations are asked. A false claim fails. The number in a title is the seed: SITREP_SEED lives that day
// again, SITREP_ROUNDS so many more.

import { existsSync, readFileSync } from "node:fs";
import { nat, noBias, sample } from "fast-check";
import { describe, expect, test } from "vitest";
import {
  branchOf,
  branchTaskOver,
  conflictFiles,
  endedTasks,
  fetched,
  howMany,
  judge,
  longestOverdue,
  newTasks,
  operation,
  overdue,
  pushed,
  remember,
  stashes,
  toDefault,
  uncommitted,
  urgent,
  whichBranch,
  type Past,
  type Question,
} from "../support/questions.ts";
import { shop } from "../fixtures/situations/situation.ts";
import {
  aWorld,
  day,
  hour,
  minute,
  saturday,
  type Clone,
  type Item,
  type World,
} from "../support/world.ts";

const first = Number(process.env["SITREP_SEED"] ?? 1);
const days = Number(
  process.env["SITREP_ROUNDS"] ?? (process.env["SITREP_SEED"] === undefined ? 5 : 1),
);
const steps = 60;

/** Numbers from 0 to 1 that follow from a seed. */
function dice(seed: number): () => number {
  const rolls = sample(noBias(nat(999_999)), { seed, numRuns: 40 * steps });
  return () => (rolls.pop() ?? 0) / 1e6;
}

type Pick = <One>(list: readonly One[]) => One;

const files = ["README.md", "src/login.ts", "src/cart.ts", "src/über uns.ts", "notes.txt"];
const branches = ["main", "feature/SHOP-51-login", "SHOP-52", "fix/a.b", "release/2.0", "größe"];
const topics = ["login", "cart", "invoice", "search", "keys"];

function gitSteps(world: World, pick: Pick, roll: () => number) {
  const { project } = world;
  const jun = () => world.colleague();
  const some = () => `${Math.floor(roll() * 1e6)}\n`;
  const commit = (clone: ReturnType<typeof jun>, file: string): void => {
    clone.write(file, some());
    clone.ask("add", "--", file);
    clone.ask("commit", "-q", "-m", `Change "${file}" for ${pick(topics)}`);
  };
  const ask = (...args: string[]) => void project.ask(...args);
  const here = () => project.ask("symbolic-ref", "--short", "-q", "HEAD") ?? "HEAD";
  const all: Record<string, () => void> = {
    write: () => project.write(pick(files), some()),
    "write deep": () => project.write(`new/${pick(topics)}/${pick(topics)}.ts`, some()),
    remove: () => ask("rm", "-q", "-f", "--", pick(files)),
    rename: () => ask("mv", "-f", pick(files), `src/${pick(topics)}.md`),
    add: () => ask("add", "-A"),
    "add one": () => ask("add", "--", pick(files)),
    "intent to add": () => ask("add", "-N", "."),
    unstage: () => ask("reset", "-q"),
    commit: () => commit(project, pick(files)),
    "commit all": () => ask("commit", "-q", "-am", "All of it"),
    amend: () => ask("commit", "-q", "--amend", "-m", `Better ${pick(topics)}`),
    back: () => ask("reset", "-q", "--hard", "HEAD~1"),
    hard: () => ask("reset", "-q", "--hard"),
    stash: () => ask("stash", "-q", "-u"),
    pop: () => ask("stash", "pop", "-q"),
    switch: () => ask("switch", "-q", pick(branches)),
    "new branch": () => ask("switch", "-q", "-c", pick(branches)),
    "branch of the default": () =>
      ask("switch", "-q", "-c", pick(branches), "--track", "origin/main"),
    detach: () => ask("switch", "-q", "--detach", pick(["HEAD", "HEAD~1", "origin/main"])),
    "rename branch": () => ask("branch", "-m", `${pick(topics)}-${pick(topics)}`),
    "delete branch": () => ask("branch", "-D", pick(branches.slice(1))),
    push: () => ask("push", "-q"),
    "push new": () => ask("push", "-q", "-u", "origin", here()),
    "push without upstream": () => ask("push", "-q", "origin", here()),
    force: () => ask("push", "-q", "--force"),
    "delete remote": () => ask("push", "-q", "origin", "--delete", pick(branches.slice(1))),
    "no upstream": () => ask("branch", "--unset-upstream"),
    fetch: () => world.fetch(),
    prune: () => ask("fetch", "-q", "--prune"),
    pull: () => ask("pull", "-q", "--no-rebase"),
    "pull by rebase": () => ask("pull", "-q", "--rebase"),
    merge: () => ask("merge", "-q", pick([...branches, "origin/main", "@{upstream}"])),
    "merge without commit": () => ask("merge", "-q", "--no-ff", "--no-commit", pick(branches)),
    squash: () => ask("merge", "-q", "--squash", pick(branches)),
    rebase: () => ask("rebase", "-q", pick([...branches, "origin/main", "HEAD~1"])),
    "rebase by hand": () => {
      ask("-c", "sequence.editor=sed -i 1s/pick/edit/", "rebase", "-q", "-i", "HEAD~2");
    },
    pick: () => ask("cherry-pick", pick(branches)),
    "pick some": () => ask("cherry-pick", `main..${pick(branches)}`),
    revert: () => ask("revert", "--no-edit", pick(["HEAD", "HEAD~1"])),
    "revert some": () => ask("revert", "--no-edit", "HEAD~2..HEAD"),
    abort: () => ["merge", "rebase", "cherry-pick", "revert"].forEach((one) => ask(one, "--abort")),
    quit: () => ["rebase", "cherry-pick", "revert"].forEach((one) => ask(one, "--quit")),
    go_on: () => {
      ask("add", "-A");
      ["merge", "rebase", "cherry-pick", "revert"].forEach((one) => ask(one, "--continue"));
    },
    skip: () => ["rebase", "cherry-pick", "revert"].forEach((one) => ask(one, "--skip")),
    bisect: () => ask("bisect", "start", "HEAD", "HEAD~2"),
    "bisect on": () => ask("bisect", pick(["good", "bad", "skip"])),
    "bisect reset": () => ask("bisect", "reset"),
    tag: () => ask("tag", "-f", `v${Math.floor(roll() * 9)}`),
    "colleague's main": () => {
      const clone = jun();
      clone.ask("fetch", "-q");
      clone.ask("switch", "-q", "main");
      clone.ask("reset", "-q", "--hard", "origin/main");
      commit(clone, pick(files));
      clone.ask("push", "-q");
    },
    "colleague's branch": () => {
      const clone = jun();
      const name = pick(branches.slice(1));
      clone.ask("fetch", "-q");
      clone.ask("switch", "-q", "-C", name, `origin/${name}`);
      commit(clone, pick(files));
      clone.ask("push", "-q", "origin", name);
    },
    "colleague rewinds": () => {
      const clone = jun();
      const name = pick(branches.slice(1));
      clone.ask("fetch", "-q");
      if (clone.ask("switch", "-q", "-C", name, `origin/${name}`) === null) return;
      clone.ask("reset", "-q", "--hard", "HEAD~1");
      commit(clone, pick(files));
      clone.ask("push", "-q", "--force", "origin", name);
    },
  };
  return all;
}

const statuses = ["", "open", "in progress", "blocked", "done", "cancelled", "In Arbeit"];
const prios = ["urgent", "high", "medium", "low"];
const owners = [undefined, "Ana Lopez", "ana.lopez@shop.example", "Jun"];
const dues = [undefined, undefined, "late", "2026-11-21", "2026-11-22", "2026-12-24"];

function taskSteps(world: World, pick: Pick, roll: () => number) {
  const running = () => world.trackers.filter(({ fault }) => fault === "none");
  const anItem = (): Item | undefined => {
    const [tracker] = running();
    return tracker === undefined || tracker.items.length === 0 ? undefined : pick(tracker.items);
  };
  let number = 60;
  let late = 0;
  /** No two were due on one day, so that one is overdue the longest. */
  const aDue = (): string | undefined => {
    const due = pick(dues);
    return due === "late" ? new Date(saturday - (late += 1) * day).toISOString().slice(0, 10) : due;
  };
  const all: Record<string, () => void | Promise<void>> = {
    "new item": () => {
      const [tracker] = running();
      const owner = pick(owners);
      const due = aDue();
      tracker?.items.push({
        key: `SHOP-${(number += 1)}`,
        summary: `Look at the ${pick(topics)} again`,
        ...(owner === undefined ? {} : { owner }),
        ...(due === undefined ? {} : { due }),
        prio: pick(prios),
      });
    },
    state: () => void Object.assign(anItem() ?? {}, { state: pick(statuses) }),
    prio: () => void Object.assign(anItem() ?? {}, { prio: pick(prios) }),
    due: () => void Object.assign(anItem() ?? {}, { due: aDue() }),
    owner: () => void Object.assign(anItem() ?? {}, { owner: pick(owners) }),
    waits: () => {
      const [one, other] = [anItem(), anItem()];
      if (one !== undefined && other !== undefined && one.key > other.key)
        one.waitsFor = [other.key];
    },
    gone: () => {
      const [tracker] = running();
      if (tracker !== undefined && tracker.items.length > 1)
        tracker.items.splice(Math.floor(roll() * tracker.items.length), 1);
    },
    own: async () => {
      await world.add({
        id: `TASK-${(number += 1)}`,
        title: `Own ${pick(topics)}`,
        priority: pick(["none", "high", "urgent", "low"] as const),
      });
    },
    down: () => void world.trackers.forEach((one) => (one.fault = pick(["none", "none", "down"]))),
  };
  return all;
}

/** It is that commit, by any name. */
const ontoOf = ({ project }: World): Question => {
  const inGit = (name: string) => project.ask("rev-parse", "-q", "--verify", name);
  /** The commit of a merge is called by the branch that it was taken from, which may have moved on. */
  const takenFrom = (name: string) => {
    const merged = inGit("MERGE_HEAD");
    const were = (project.ask("reflog", "show", "--format=%H", name, "--") ?? "").split("\n");
    return merged !== null && were.includes(merged) ? merged : null;
  };
  return {
    ask: "Onto what does the rebase go, or what is being merged?",
    truth: () => {
      const path =
        project.ask("rev-parse", "--path-format=absolute", "--git-path", "rebase-merge/onto") ?? "";
      if (existsSync(path)) return readFileSync(path, "utf8").trim();
      return (
        ["MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD"].map(inGit).find((one) => one !== null) ??
        null
      );
    },
    claims: (text) =>
      [
        ...(/^Git: .*$/m.exec(text)?.[0] ?? "").matchAll(
          /\b(?:onto|(?:merge|cherry-pick|revert) of) (?:"([^"]*)"|([^\s;,]+))/g,
        ),
      ].map(
        ([, name, bare = ""]) =>
          takenFrom(name ?? bare) ??
          inGit(`${name ?? bare}^{commit}`) ??
          `no commit ${name ?? bare}`,
      ),
  };
};

const asked = [
  whichBranch(),
  uncommitted(),
  pushed,
  toDefault,
  fetched,
  operation,
  conflictFiles,
  stashes,
  branchTaskOver,
  howMany,
  overdue,
  urgent,
  longestOverdue,
];

const states: Record<string, readonly string[]> = {
  "is completed": ["done"],
  "is cancelled": ["cancelled"],
  "is blocked": ["blocked"],
  "is in progress": ["in progress", "In Arbeit"],
};

/** A rebase goes on where it began, a bisect is nowhere. */
const workBranch = (clone: Clone): string | null =>
  clone.ask("bisect", "log") === null
    ? branchOf(clone)
    : clone.ask("symbolic-ref", "--short", "-q", "HEAD");

/** The sentences of news, of tasks and of the branch, that are not so. */
function falseNews(text: string, { project, trackers }: World): string[] {
  const items = trackers.flatMap((tracker) => tracker.items);
  return text.split("\n").filter((line) => {
    const [, now] = /^The working tree is on (no branch|"[^"]*"|\S+) now;/.exec(line) ?? [];
    if (now !== undefined) return now.replaceAll('"', "") !== (workBranch(project) ?? "no branch");
    const [, id, said = ""] = /^(SHOP-\d+) (is [a-z ]+?)(?: and .*)?: "/.exec(line) ?? [];
    if (id === undefined) return false;
    const item = items.find(({ key }) => key === id);
    if (said === "is no longer listed") return item !== undefined;
    // One that waits for another is blocked too, whatever its server calls it.
    if (said === "is blocked" && item?.waitsFor !== undefined) return false;
    return item === undefined || states[said]?.includes(item.state ?? "") === false;
  });
}

describe("a random day", () => {
  test.for(Array.from({ length: days }, (_, at) => first + at))(
    "with the seed %i has no false statement in any text",
    async (seed) => {
      const roll = dice(seed);
      const pick: Pick = (list) => list[Math.floor(roll() * list.length)] as never;
      const world = await aWorld();
      world.at(saturday - 9 * hour);
      if (roll() < 0.7) world.tracker("linear", structuredClone(shop));
      if (roll() < 0.5) await world.add({ id: "TASK-1", title: "Ask Jun about the realm" });
      await world.refresh();
      await world.start("listener");
      const onGit = gitSteps(world, pick, roll);
      const onTasks = taskSteps(world, pick, roll);
      let stored = await world.stored();
      let trackers = structuredClone(world.trackers);
      /** The world as far as the sources were read. */
      const asRead = (): World => ({ ...world, trackers, stored: () => Promise.resolve(stored) });
      const done: string[] = [];
      const found: string[] = [];
      let past: Past | null = null;
      let failures = 0;
      for (let step = 0; step < steps && found.length < 3; step += 1) {
        const set = roll() < 0.7 ? onGit : onTasks;
        const name = pick(Object.keys(set));
        done.push(name);
        world.pass(pick([20_000, minute, 4 * minute]));
        await set[name]?.();
        if (roll() < 0.55) continue;
        if (roll() < 0.8) {
          // A fifth failure would have the source left in peace for half a minute of the machine's own clock.
          failures = world.trackers.some(({ fault }) => fault !== "none") ? failures + 1 : 0;
          if (failures > 3) for (const one of world.trackers) one.fault = "none";
          await world.refresh();
          world.pass(12_000);
          stored = await world.stored();
          trackers = world.trackers.map((one, at) =>
            one.fault === "none" ? structuredClone(one) : (trackers[at] ?? one),
          );
        }
        const id = `session-${step}`;
        const text = await world.start(id);
        done.push("(brief)");
        await world.tick();
        const news = (await world.call("listener", { tool: "Bash", about: "ls" })) ?? "";
        const since = past;
        const questions = [
          ...asked,
          ontoOf(world),
          ...(since === null ? [] : [newTasks(() => since), endedTasks(() => since)]),
        ];
        const notes: string[] = falseNews(news, asRead());
        for (const question of questions) {
          const { verdict, truth, claims } = await judge(question, asRead(), text);
          if (verdict === "false")
            notes.push(`${question.ask} It is ${truth}, and told as ${claims.join(" | ")}.`);
        }
        const status = world.project.ask("status", "--branch", "--porcelain=v1") ?? "";
        if (notes.length > 0)
          found.push(
            [...notes, `after ${done.slice(-14).join(", ")}`, text, news, status].join("\n"),
          );
        past = await remember(asRead());
        world.end(id);
      }
      expect(found.join("\n----\n")).toBe("");
    },
  );
});
