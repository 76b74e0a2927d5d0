// What a backup and a restore by the commands of docs/running-a-server.md do to a server's tasks and keys.

import { expect } from "vitest";
import { bearer } from "../support/rpc.ts";
import {
  addKeyTo,
  runVerb,
  startServeProcess,
  type ServeFixture,
  type ServeProcess,
} from "../support/serve-process.ts";

export interface Restored {
  readonly fixture: ServeFixture;
  readonly serveArgs: readonly string[];
  /** Of verbs for keys: where the store is. */
  readonly keyArgs: readonly string[];
  readonly backUp: () => void;
  /** Restores; the server is stopped. */
  readonly restore: () => void;
}

const organization = ["--organization", "acme"];

/** The commands between the requests block this process, and a kept connection would have ended meanwhile. */
const headersOf = (key: string) => ({ ...bearer(key), connection: "close" });

async function addTask({ url }: ServeProcess, key: string, title: string): Promise<string> {
  const response = await fetch(`${url}/tasks/batch`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headersOf(key) },
    body: JSON.stringify({ tasks: [{ project_id: "shop-api", title }] }),
  });
  const { task_ids: ids } = (await response.json()) as { task_ids: string[] };
  return ids[0] ?? "";
}

async function titlesAt({ url }: ServeProcess, key: string): Promise<string[]> {
  const response = await fetch(`${url}/tasks?project=shop-api`, { headers: headersOf(key) });
  const { tasks } = (await response.json()) as { tasks: { title: string }[] };
  return tasks.map(({ title }) => title);
}

/** Backs up while the server runs, changes tasks and keys, restores, and compares. */
export async function expectRestore(given: Restored): Promise<void> {
  const { fixture, serveArgs, keyArgs } = given;
  const key = addKeyTo(fixture, "ada", ...organization, ...keyArgs);
  const old = addKeyTo(fixture, "old", ...organization, ...keyArgs);
  const before = await startServeProcess(fixture, serveArgs);
  await addTask(before, key, "Rotate the keys");
  given.backUp();
  expect(await addTask(before, key, "Added later")).toBe("TASK-002");
  expect(runVerb(fixture, ["key", "revoke", "old", ...keyArgs]).code).toBe(0);
  const newer = addKeyTo(fixture, "newer", ...organization, ...keyArgs);
  expect(await titlesAt(before, newer)).toEqual(["Rotate the keys", "Added later"]);
  before.signal("SIGTERM");
  expect(await before.ended).toBe(0);
  given.restore();

  const after = await startServeProcess(fixture, serveArgs);
  expect(await titlesAt(after, key)).toEqual(["Rotate the keys"]);
  // As the page warns: a revoked key works again, a newer one does not, and an id is given out again.
  expect(await titlesAt(after, old)).toEqual(["Rotate the keys"]);
  const refused = await fetch(`${after.url}/tasks?project=shop-api`, { headers: headersOf(newer) });
  expect(refused.status).toBe(401);
  expect(await addTask(after, key, "Added again")).toBe("TASK-002");
}
