// Each write of each kind of source, its connection cut at each place of the request and of the response: made at most once, on
// record as what it is, not made again by a retry, and undone once.

import { describe, expect, test } from "vitest";
import { stateFiles } from "../../../src/config/folders.ts";
import { SourceConfig } from "../../../src/config/source-config.ts";
import { codeOf } from "../../../src/core/errors.ts";
import type { TaskSource } from "../../../src/core/ports.ts";
import type { Task } from "../../../src/core/task/task.ts";
import { setConsent } from "../../../src/sources/writing/consent.ts";
import { guardedSource } from "../../../src/sources/writing/guarded-source.ts";
import { lastUndoable, readWrites } from "../../../src/sources/writing/record.ts";
import { undoAt } from "../../../src/sources/writing/undo.ts";
import { aNewTask } from "../../support/builders.ts";
import { eachValueOf } from "../../support/cases.ts";
import {
  startCuttingWire,
  wireCuts,
  type CuttingWire,
  type WireCutName,
} from "../../support/cutting-wire.ts";
import { signal } from "../../support/recorded-responses.ts";
import { startTaskServer } from "../../support/task-server.ts";
import { temporaryFolder } from "../../support/temporary.ts";
import { kinds, project, sourceAt, startTracker, trackerSource } from "../../support/trackers.ts";

interface Served {
  wire: CuttingWire;
  plain: TaskSource;
  /** How many comments, and how many tasks the service has. */
  comments: () => number;
  tasks: () => number;
}

const isTrackerWrite = (method: string, path: string, body: string): boolean =>
  path === "/graphql"
    ? body.includes("mutation")
    : method !== "GET" && !path.endsWith("/search/jql");
const isAction = (_: string, __: string, body: string): boolean =>
  /"action":\s*"(?:update|complete|create)"/.test(body);

const trackers = kinds.map((kind) => {
  const serve = async (): Promise<Served> => {
    const fake = await startTracker(kind, 1);
    const wire = await startCuttingWire(fake.origin, isTrackerWrite);
    const plain = trackerSource(kind, { ...fake, origin: wire.origin });
    return { wire, plain, comments: () => fake.comments.length, tasks: () => fake.items.length };
  };
  return [kind, serve] as const;
});

const servers = (
  [
    ["task-tracking", { type: "task-tracking" }, "", (method: string) => method !== "GET"],
    ["manage-task", { type: "manage-task" }, "", isAction],
    ["mcp", { type: "mcp", transport: "http", preset: "4genthub" }, "/mcp", isAction],
  ] as const
).map(([kind, config, path, isWrite]) => {
  const serve = async (): Promise<Served> => {
    const server = await startTaskServer();
    await server.add(project.name, [aNewTask({ id: "T-1", title: "Fix it" })]);
    const wire = await startCuttingWire(server.origin, isWrite);
    const plain = sourceAt(wire.origin + path, { ...config, retries: 2 });
    return { wire, plain, comments: () => 0, tasks: () => server.tasks.length };
  };
  return [kind, serve] as const;
});

async function prepare(serve: () => Promise<Served>) {
  const served = await serve();
  const { plain } = served;
  const files = stateFiles(temporaryFolder());
  const url = "https://api.acme.example";
  const config = SourceConfig.parse({ name: "tracker", type: "json", url, preset: "github" });
  setConsent(files, project.path, config, true);
  const author = { session: null, via: "command" } as const;
  const guard = { files, project: project.path, config, author };
  const [seen] = (await plain.listOpen(project, signal)).tasks;
  if (seen === undefined) throw new Error("no task");
  return {
    ...served,
    source: guardedSource(plain, guard),
    seen,
    now: () => plain.get?.(project, seen.id, signal) as Promise<Task>,
    last: () => readWrites(files, project.path).at(-1),
    undo: async () => {
      const write = lastUndoable(files, project.path);
      if (write === null) throw new Error("nothing to undo");
      return undoAt(guardedSource(plain, guard, write.id), project, write, signal);
    },
  };
}
type Prepared = Awaited<ReturnType<typeof prepare>>;

interface Verb {
  /** What the source needs for it. */
  needs: "update" | "assign" | "comment" | "create";
  before?: (one: Prepared) => Promise<unknown>;
  act: (one: Prepared) => Promise<unknown> | undefined;
  /** How often the service holds it. */
  count: (one: Prepared) => Promise<number>;
  /** The task itself shows whether it was made. */
  isProven: boolean;
}

const complete = ({ source, seen }: Prepared) =>
  source.update?.(project, seen.id, { status: "completed", seen }, signal);
const verbs: Record<string, Verb> = {
  "a change of state": {
    needs: "update",
    act: complete,
    count: async ({ now }) => Number((await now()).status === "completed"),
    isProven: true,
  },
  "an undo": {
    needs: "update",
    before: async (one) => complete(one),
    act: ({ undo }) => undo(),
    count: async ({ now, seen }) => Number((await now()).status === seen.status),
    isProven: true,
  },
  "an assignment": {
    needs: "assign",
    act: ({ source, seen }) => source.assign?.(project, seen.id, { names: ["bob"], seen }, signal),
    count: async ({ now }) => Number((await now()).assignees.includes("bob")),
    isProven: true,
  },
  "a comment": {
    needs: "comment",
    act: ({ source, seen }) => source.comment?.(project, seen.id, "fixed", signal),
    count: async ({ comments }) => comments(),
    isProven: false,
  },
  "a new task": {
    needs: "create",
    act: ({ source }) => source.create?.(project, aNewTask({ title: "Ship it" }), signal),
    count: async ({ tasks }) => tasks() - 1,
    isProven: false,
  },
};

const codeIn = (work: Promise<unknown> | undefined): Promise<string | null> =>
  Promise.resolve(work).then(
    () => null,
    (error: unknown) => codeOf(error) || String(error),
  );

const all = Object.keys(verbs).flatMap((verb) =>
  Object.keys(wireCuts).map((cut) => [verb, cut as WireCutName] as const),
);

describe.each([...trackers, ...servers])("%s, over a wire that is cut,", (_, serve) => {
  test.for(eachValueOf(all))(
    "reports the true outcome of %s, cut %s",
    async ([name, cut], { skip }) => {
      const one = await prepare(serve);
      const { needs, before, act, count, isProven } = verbs[name] as Verb;
      if (one.source[needs] === undefined) return skip();
      await before?.(one);
      const { wire, last, undo } = one;
      const earlier = wire.whole;
      wire.cut = wireCuts[cut];
      const isSent = wireCuts[cut].of === "response";

      const code = await codeIn(act(one));
      expect(wire.cut).toBeNull();
      expect(wire.whole - earlier).toBe(isSent ? 1 : 0);
      expect(await count(one)).toBe(isSent ? 1 : 0);
      const state = isProven ? (isSent ? "done" : "not-applied") : "unknown";
      expect(last()?.outcome.state).toBe(state);
      expect(code).toBe(isProven && isSent ? null : `write-${state}`);
      if (!isProven) return;

      const again = await codeIn(act(one));
      expect(again === null).toBe(!isSent);
      expect(wire.whole - earlier).toBe(1);
      expect(await count(one)).toBe(1);
      if (before !== undefined) return;
      await undo();
      expect(await count(one)).toBe(0);
      await expect(undo()).rejects.toThrow("nothing to undo");
    },
  );
});
