// Each kind of task list over files of its tool: what Sitrep lists is what the tool itself lists of them, or by hand what the
// kind's documentation says.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { SourceConfig } from "../../../src/config/source-config.ts";
import type { OpenTasks } from "../../../src/core/ports.ts";
import { namedTaskFile } from "../../../src/sources/files/find.ts";
import { fileKinds } from "../../../src/sources/files/kinds.ts";
import { openTaskFile } from "../../../src/sources/files/open-task-file.ts";
import { treeWith } from "../../support/task-files.ts";

interface Fixture {
  note: string;
  files: Record<string, string>;
  branch?: string;
  /** Of a tool. */
  listing?: unknown;
  /** By hand: id, status and priority. */
  open?: [string, string, string][];
  aside?: number;
}

const folder = join(import.meta.dirname, "../../fixtures/task-files");
const scope = { path: "/work/shop", name: "shop" };

function fixturesOf(kind: string): [string, Fixture][] {
  return readdirSync(join(folder, kind)).map((name) => [
    name,
    JSON.parse(readFileSync(join(folder, kind, name), "utf8")) as Fixture,
  ]);
}

async function listed(kind: string, { files, branch = "main" }: Fixture): Promise<OpenTasks> {
  const root = treeWith(files);
  const [file = ""] = Object.keys(files);
  const named = namedTaskFile(root, kind === "markdown" ? `markdown:${file}` : kind);
  const config: Pick<SourceConfig, "name" | "kind" | "path"> = { name: kind, ...named };
  const source = openTaskFile(config, root, () => branch);
  return await source.listOpen(scope, AbortSignal.timeout(5000));
}

const idsOf = ({ tasks }: OpenTasks): string[] => tasks.map(({ id }) => id);

test.for(fileKinds.map(({ name }) => name))("%s has at least three fixtures", (kind) => {
  expect(fixturesOf(kind).length).toBeGreaterThanOrEqual(3);
});

describe("each fixture lists the tasks that a person read from it", () => {
  const all = fileKinds.flatMap(({ name }) =>
    fixturesOf(name).map((one) => [name, ...one] as const),
  );
  const byHand = all.filter(([, , { open }]) => open !== undefined);
  test.for(byHand)("%s: %s", async ([kind, , fixture]) => {
    const response = await listed(kind, fixture);
    const found = response.tasks.map(({ id, status, priority }) => [id, status, priority]);
    expect(found).toEqual(fixture.open);
    const aside = (response.aside ?? []).reduce((sum, { count }) => sum + count, 0);
    expect(aside).toBe(fixture.aside ?? 0);
  });
});

describe("Backlog.md lists what `backlog task list` lists, without its last status", () => {
  test.for(fixturesOf("backlog.md"))("%s", async ([, fixture]) => {
    const sections = String(fixture.listing).trim().split("\n\n").slice(0, -1).join("\n");
    const ids = [...sections.matchAll(/^ {2}(?:\[\w+\] )?([A-Z]+-[\d.]+) - /gm)].map(
      ([, id]) => id,
    );
    expect(ids.length).toBeGreaterThan(1);
    expect(idsOf(await listed("backlog.md", fixture)).toSorted()).toEqual(ids.toSorted());
  });
});

test("a task of Backlog.md has the fields of its file", async () => {
  const made = Object.fromEntries(fixturesOf("backlog.md"))["made-by-1.52.0.json"];
  const [first] = (await listed("backlog.md", made ?? { note: "", files: {} })).tasks;
  expect(first).toMatchObject({
    id: "TASK-1",
    priority: "high",
    assignees: ["ana"],
    labels: ["security", "keys"],
    description: "Old keys stay valid for a day.",
    place: "backlog/tasks/task-1 - Rotate-the-signing-keys.md",
  });
});

describe("OpenSpec has as many open tasks per change as `openspec list` counts", () => {
  test.for(fixturesOf("openspec"))("%s", async ([, fixture]) => {
    const changes = fixture.listing as {
      name: string;
      completedTasks: number;
      totalTasks: number;
    }[];
    const { tasks } = await listed("openspec", fixture);
    const counted = changes.map(({ name }) => tasks.filter((one) => one.parent === name).length);
    expect(counted).toEqual(changes.map((one) => one.totalTasks - one.completedTasks));
    expect(tasks).toHaveLength(counted.reduce((sum, count) => sum + count, 0));
  });
});

interface Listed {
  id: string;
  status: string;
}
interface TaskmasterListing {
  tasks: (Listed & { subtasks: Listed[] })[];
  ready?: string[];
}

const madeBy = (kind: string) =>
  fixturesOf(kind).filter(([, { listing }]) => listing !== undefined);

describe("Taskmaster has the open tasks of `task-master list`, and the subtasks of started ones", () => {
  const isOpen = ({ status }: Listed): boolean => !/^(?:done|completed|cancelled)$/.test(status);
  test.for(madeBy("taskmaster"))("%s", async ([, fixture]) => {
    const { tasks: all, ready } = fixture.listing as TaskmasterListing;
    const state = fixture.files[".taskmaster/state.json"] ?? "{}";
    const { currentTag: tag = "master" } = JSON.parse(state) as { currentTag?: string };
    const idOf = (id: string): string => (tag === "master" ? id : `${tag}/${id}`);
    const ids = all.filter(isOpen).flatMap(({ id, status, subtasks }) => {
      const parts = status === "in-progress" ? subtasks.filter(isOpen) : [];
      return [idOf(id), ...parts.map((part) => idOf(`${id}.${part.id}`))];
    });
    const { tasks } = await listed("taskmaster", fixture);
    expect(idsOf({ tasks } as OpenTasks).toSorted()).toEqual(ids.toSorted());
    const free = tasks.filter(({ status }) => status !== "blocked").map(({ id }) => id);
    expect(free).toEqual(expect.arrayContaining((ready ?? []).map(idOf)));
  });
});

describe("BMAD has the open stories that `sprint_plan.py status` counts", () => {
  test.for(madeBy("bmad"))("%s", async ([, fixture]) => {
    const { stories, recommendation } = fixture.listing as {
      stories: Record<string, number>;
      recommendation: { story_key: string };
    };
    const { tasks } = await listed("bmad", fixture);
    const { done = 0, "in-progress": begun = 0, ...others } = stories;
    const counts = Object.values(others).reduce((sum, count) => sum + count, begun);
    expect(tasks).toHaveLength(counts);
    expect(done).toBeGreaterThan(0);
    const inProgress = tasks.filter(({ status }) => status === "in_progress");
    expect(inProgress).toHaveLength(begun);
    expect(inProgress.map(({ id }) => id)).toContain(recommendation.story_key);
  });
});

interface GsdListing {
  phases: {
    number: string;
    depends_on: string | null;
    plan_count: number;
    summary_count: number;
    disk_status: string;
    roadmap_complete: boolean;
  }[];
  todos: string[];
}

describe("GSD has the open plans and phases that `gsd-tools roadmap analyze` counts", () => {
  test.for(fixturesOf("gsd"))("%s", async ([, fixture]) => {
    const { phases, todos } = fixture.listing as GsdListing;
    const { tasks } = await listed("gsd", fixture);
    const open = phases.filter((one) => one.disk_status !== "complete" && !one.roadmap_complete);
    for (const { number, plan_count: plans, summary_count: done } of open) {
      const own = tasks.filter(({ category }) => category === `Phase ${number}`);
      expect(own, `phase ${number}`).toHaveLength(plans === 0 ? 1 : plans - done);
    }
    const notes = tasks.filter(({ labels }) => labels.includes("todo"));
    expect(notes.map(({ id }) => `${id}.md`)).toEqual(todos);
    const ofPhases = tasks.filter(({ category }) => category !== undefined);
    expect(new Set(ofPhases.map(({ category }) => category)).size).toBe(open.length);
    // A phase waits for the open plans of the one that it depends on.
    for (const one of ofPhases.filter(({ status }) => status === "blocked"))
      expect(idsOf({ tasks } as OpenTasks)).toEqual(expect.arrayContaining([...one.dependsOn]));
    expect(ofPhases.some(({ status }) => status === "blocked")).toBe(true);
  });
});
