// What several servers on one store promise to many clients at once: no id and no task is given twice, and none is lost,
// also when a server is killed.

import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { readObject, readStrings } from "../../src/core/read.ts";
import { bearer } from "../support/rpc.ts";
import { addKeyTo, createServeFixture, startServeProcess } from "../support/serve-process.ts";
import type { ServeProcess } from "../support/serve-process.ts";

const clients = 50;
const tasks = 60;
const reservations = 3;
const project = "shop-api";

interface Seen {
  reserved: string[];
  added: string[];
  taken: string[];
  /** Requests without a response. */
  broken: number;
  /** Writes whose response never came: they may have been done or not. */
  unanswered: number;
  /** Responses that are neither a success nor a lost race. */
  failures: string[];
}

interface Load {
  servers: ServeProcess[];
  key: string;
  seen: Seen;
}

type Body = Readonly<Record<string, unknown>>;

/** Asks one of the servers that are up; null when it broke off. */
async function ask(
  { servers, key, seen }: Load,
  index: number,
  [method, path, body]: readonly [string, string, Body?],
): Promise<{ status: number; body: Body } | null> {
  const server = servers[index % servers.length];
  try {
    const response = await fetch(`${server?.url}${path}`, {
      method,
      headers: { ...bearer(key), "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    });
    return { status: response.status, body: readObject(await response.json()) ?? {} };
  } catch {
    seen.broken += 1;
    return null;
  }
}

async function reserveAndAdd(load: Load, client: number): Promise<void> {
  const { seen } = load;
  for (let round = 0; round < reservations; round += 1) {
    const range = { type: "US", count: 5, project_id: project };
    const kept = await ask(load, client + round, ["POST", "/ids/reserve", range]);
    if (kept === null) seen.unanswered += 1;
    else if (kept.status === 201) seen.reserved.push(...readStrings(kept.body["reserved_ids"]));
    else seen.failures.push(JSON.stringify(kept));
    const batch = { tasks: [{ project_id: project, title: "x", status: "blocked" }] };
    const added = await ask(load, client + round, ["POST", "/tasks/batch", batch]);
    if (added === null) seen.unanswered += 1;
    else if (added.status === 201) seen.added.push(...readStrings(added.body["task_ids"]));
    else seen.failures.push(JSON.stringify(added));
  }
}

/** Takes tasks until there are none. */
async function takeAll(load: Load, client: number): Promise<void> {
  const { seen } = load;
  for (let round = 0; ; round += 1) {
    const path = `/tasks/next?project=${project}&status=pending`;
    const next = await ask(load, client + round, ["GET", path]);
    if (next === null) continue;
    if (next.status !== 200) return void seen.failures.push(JSON.stringify(next));
    const id = readObject(next.body["task"])?.["task_id"];
    if (typeof id !== "string") return;
    const change = { status: "in_progress", project_id: project };
    const taken = await ask(load, client + round, ["PUT", `/tasks/${id}/status`, change]);
    if (taken === null) seen.unanswered += 1;
    else if (taken.status === 200) seen.taken.push(id);
    else if (taken.body["code"] !== "transition-invalid") seen.failures.push(JSON.stringify(taken));
  }
}

/** Kills a server in the middle of the work, and starts another in its place. */
async function replace(
  servers: ServeProcess[],
  start: () => Promise<ServeProcess>,
  isInTheMiddle: () => boolean,
): Promise<void> {
  while (!isInTheMiddle()) await setImmediate();
  const [victim] = servers;
  victim?.signal("SIGKILL");
  await victim?.ended;
  servers[0] = await start();
}

const everyTask = async (load: Load, status: string): Promise<string[]> => {
  const path = `/tasks?project=${project}&page_size=1000&status=${status}`;
  const response = await ask(load, 0, ["GET", path]);
  const found = response?.body["tasks"];
  return (Array.isArray(found) ? found : []).map((task) => String(readObject(task)?.["task_id"]));
};

const repeated = (ids: readonly string[]): string[] =>
  ids.filter((id, index) => ids.indexOf(id) !== index);

/** `address` gives a new, empty store each time. */
export function describeConcurrency(address: () => Promise<string>, serverCount: number): void {
  test.each([
    ["nothing twice and loses nothing", false],
    ["nothing twice and loses nothing when one of them is killed with -9", true],
  ])(
    `${serverCount} servers give ${clients} clients %s`,
    { timeout: 120_000 },
    async (_, kills) => {
      const store = await address();
      const context = createServeFixture({ RATE_LIMIT_REQUESTS_PER_MINUTE: "0" });
      const key = addKeyTo(context, "clients", "--organization", "acme", "--database", store);
      const start = () => startServeProcess(context, ["--database", store]);
      const servers: ServeProcess[] = [];
      for (let count = 0; count < serverCount; count += 1) servers.push(await start());
      const pending = Array.from({ length: tasks }, (_unused, index) => ({
        task_id: `T-${index}`,
        project_id: project,
        title: "x",
      }));
      const lists = { reserved: [], added: [], taken: [], failures: [] };
      const seen: Seen = { ...lists, broken: 0, unanswered: 0 };
      const load = { servers, key, seen };
      await ask(load, 0, ["POST", "/tasks/batch", { tasks: pending }]);
      const killing = kills
        ? replace(servers, start, () => seen.taken.length > 5 && seen.reserved.length > 50)
        : Promise.resolve();
      await Promise.all([
        killing,
        ...Array.from({ length: clients }, async (_unused, client) => {
          await Promise.all([reserveAndAdd(load, client), takeAll(load, client)]);
        }),
      ]);

      expect(seen.failures).toEqual([]);
      expect(repeated(seen.reserved)).toEqual([]);
      expect(repeated(seen.added)).toEqual([]);
      expect(repeated(seen.taken)).toEqual([]);
      expect(seen.broken > 0).toBe(kills);
      // Every task is taken, by somebody who was told so or by one of those whose response never came.
      const started = await everyTask(load, "in_progress");
      expect(await everyTask(load, "pending")).toEqual([]);
      expect(started.toSorted()).toEqual(pending.map((task) => task.task_id).toSorted());
      expect(started.length - seen.taken.length).toBeLessThanOrEqual(seen.unanswered);
      // Every task that was told to be added is there, and at most as many more as answers that never came.
      const stored = await everyTask(load, "blocked");
      expect(seen.added.filter((id) => !stored.includes(id))).toEqual([]);
      expect(stored.length - seen.added.length).toBeLessThanOrEqual(seen.unanswered);
      // Nobody is given what somebody has.
      const last = { type: "US", count: 100, project_id: project };
      const after = await ask(load, 0, ["POST", "/ids/reserve", last]);
      const fresh = readStrings(after?.body["reserved_ids"]);
      expect(fresh.filter((id) => seen.reserved.includes(id))).toEqual([]);
      expect(fresh).toHaveLength(100);
    },
  );
}
