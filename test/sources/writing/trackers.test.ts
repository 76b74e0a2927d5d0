// Writes to trackers by their presets, each over a fake that keeps what it is told: what is sent, what is refused before that,
// and what is said and recorded when the connection is cut.

import { describe, expect, test } from "vitest";
import { stateFiles } from "../../../src/config/folders.ts";
import { SourceConfig } from "../../../src/config/source-config.ts";
import { codeOf } from "../../../src/core/errors.ts";
import type { Task, TaskStatus } from "../../../src/core/task/task.ts";
import { setConsent } from "../../../src/sources/writing/consent.ts";
import { guardedSource } from "../../../src/sources/writing/guarded-source.ts";
import { lastUndoable, readWrites } from "../../../src/sources/writing/record.ts";
import { undoAt } from "../../../src/sources/writing/undo.ts";
import { signal } from "../../support/recorded-responses.ts";
import { temporaryFolder } from "../../support/temporary.ts";
import {
  apis,
  cuts,
  etagOf,
  kinds,
  project,
  sourceAt,
  startTracker,
  token,
  trackerSource,
  type Asked,
  type FakeTracker,
  type Kind,
} from "../../support/trackers.ts";

const isWrite = ({ method, path, body }: Asked): boolean =>
  path === "/graphql"
    ? JSON.stringify(body).includes("mutation")
    : method !== "GET" && !path.endsWith("/search/jql");

const writesOf = (fake: FakeTracker): Asked[] => fake.asked.filter(isWrite);

async function prepare(kind: Kind) {
  const fake = await startTracker(kind, 2);
  const plain = trackerSource(kind, fake);
  const files = stateFiles(temporaryFolder());
  const config = SourceConfig.parse({
    name: "tracker",
    type: "json",
    url: "https://api.acme.example",
    preset: "github",
  });
  const author = { session: null, via: "command" } as const;
  setConsent(files, project.path, config, true);
  const guard = { files, project: project.path, config, author };
  const { tasks } = await plain.listOpen(project, signal);
  const [seen] = tasks;
  if (seen === undefined) throw new Error("no task");
  const source = guardedSource(plain, guard);
  const undo = () => {
    const write = lastUndoable(files, project.path);
    if (write === null) throw new Error("nothing to undo");
    return undoAt(guardedSource(plain, guard, write.id), project, write, signal);
  };
  const now = () => plain.get?.(project, seen.id, signal) as Promise<Task>;
  const record = () => readWrites(files, project.path);
  return { fake, source, seen, now, undo, record };
}

const able: Record<Kind, readonly TaskStatus[]> = {
  github: ["completed", "cancelled"],
  gitlab: ["completed"],
  gitea: ["completed"],
  linear: ["completed", "cancelled", "pending"],
  jira: ["completed", "cancelled", "pending"],
  todoist: ["completed"],
};
const unable: Partial<Record<Kind, readonly TaskStatus[]>> = {
  github: ["in_progress", "blocked"],
  gitlab: ["in_progress", "blocked", "cancelled"],
  gitea: ["in_progress", "blocked", "cancelled"],
  linear: ["blocked"],
  jira: ["blocked"],
  todoist: ["in_progress", "blocked", "cancelled"],
};
const moves = kinds.flatMap((kind) => able[kind].map((status) => [kind, status] as const));
test.each(moves)("%s sets a task to %s with one write, and can undo it", async (kind, status) => {
  const { source, seen, now, undo, record, fake } = await prepare(kind);
  await source.update?.(project, seen.id, { status, seen }, signal);
  expect((await now()).status).toBe(status);
  expect(writesOf(fake)).toHaveLength(1);
  await undo();
  expect((await now()).status).toBe(seen.status);
  expect(writesOf(fake)).toHaveLength(2);
  expect(record()).toMatchObject([
    { action: "update", task: seen.id, title: "Title 1", outcome: { state: "done", status } },
    { action: "undo", outcome: { state: "done" } },
  ]);
});

const lacking = kinds.flatMap((kind) =>
  (unable[kind] ?? []).map((status) => [kind, status] as const),
);
test.each(lacking)("%s refuses the status %s, and writes nothing", async (kind, status) => {
  const { source, seen, fake } = await prepare(kind);
  await expect(source.update?.(project, seen.id, { status, seen }, signal)).rejects.toMatchObject({
    code: "not-supported",
    message: expect.stringMatching(/^tracker has no (?:state|step)/) as string,
    hint: expect.stringContaining("Nothing was sent.") as string,
  });
  expect(writesOf(fake)).toEqual([]);
});

describe.each(kinds)("%s", (kind) => {
  test("sends a comment once, also as the notes of a change", async () => {
    const { source, seen, fake, record } = await prepare(kind);
    await source.comment?.(project, seen.id, "fixed\nin 1.4", signal);
    const change = { status: "completed", notes: "released", seen } as const;
    await source.update?.(project, seen.id, change, signal);
    expect(fake.comments).toEqual([`${seen.id}: fixed\nin 1.4`, `${seen.id}: released`]);
    expect(record().map(({ action }) => action)).toEqual(["comment", "update", "comment"]);
  });

  test("does not change a task that was changed since it was read, and says what changed", async () => {
    const { source, seen, fake, record } = await prepare(kind);
    fake.items[0] = apis[kind].item(1, "Another");
    Object.assign(fake.items[0], { updated_at: "2026-11-21T09:00:00Z", updatedAt: "x" });
    (fake.items[0] as { fields?: { updated: string } }).fields &&= {
      ...(fake.items[0] as { fields: { updated: string } }).fields,
      updated: "2026-11-21T09:00:00.000+0000",
    };
    await expect(
      source.update?.(project, seen.id, { status: "completed", seen }, signal),
    ).rejects.toMatchObject({
      code: "task-changed",
      message:
        `"${seen.id}" was changed in tracker since it was read: title "Title 1" → "Another".`.replace(
          /^"([\w-]+)"/,
          "$1",
        ),
    });
    expect(writesOf(fake)).toEqual([]);
    expect(record()).toEqual([]);
  });

  test.each(cuts)(
    "sends a change whose connection is cut (%s) once, and reports the outcome",
    async (cut) => {
      const { source, seen, fake, now, record } = await prepare(kind);
      fake.cut = (asked) => (isWrite(asked) ? cut : null);
      const change = { status: "completed", seen } as const;
      const failed = await source
        .update?.(project, seen.id, change, signal)
        .catch((error: unknown) => error);
      const isMade = cut !== "unread";
      expect((await now()).status).toBe(isMade ? "completed" : seen.status);
      expect(writesOf(fake)).toHaveLength(1);
      expect(failed instanceof Error ? codeOf(failed) : null).toBe(
        isMade ? null : "write-not-applied",
      );
      expect(record()).toMatchObject([{ outcome: { state: isMade ? "done" : "not-applied" } }]);
    },
  );

  test.each(["unread", "unanswered", "half"] as const)(
    "reports a change that is cut (%s) and cannot be read again as unknown",
    async (cut) => {
      const { source, seen, fake, record } = await prepare(kind);
      let isCut = false;
      fake.cut = (asked) => {
        if (isWrite(asked)) isCut = true;
        return isCut ? cut : null;
      };
      const change = { status: "completed", seen } as const;
      await expect(source.update?.(project, seen.id, change, signal)).rejects.toMatchObject({
        code: "write-unknown",
        message: expect.stringContaining("It is unknown whether it was made.") as string,
      });
      expect(writesOf(fake)).toHaveLength(1);
      expect(record()).toMatchObject([{ outcome: { state: "unknown" } }]);
    },
  );

  test.each(["unread", "unanswered", "half"] as const)(
    "sends a comment whose connection is cut (%s) once, and records it as unknown",
    async (cut) => {
      const { source, seen, fake, record } = await prepare(kind);
      fake.cut = (asked) => (isWrite(asked) ? cut : null);
      await expect(source.comment?.(project, seen.id, "x", signal)).rejects.toMatchObject({
        code: "write-unknown",
      });
      expect(fake.comments).toHaveLength(cut === "unread" ? 0 : 1);
      expect(writesOf(fake)).toHaveLength(1);
      expect(record()).toMatchObject([{ action: "comment", outcome: { state: "unknown" } }]);
    },
  );

  test("reports an unreachable server as unreachable, and records nothing", async () => {
    const { source, seen, fake, record } = await prepare(kind);
    fake.cut = () => "unread";
    await expect(
      source.update?.(project, seen.id, { status: "completed", seen }, signal),
    ).rejects.toMatchObject({ code: "source-unreachable" });
    expect(writesOf(fake)).toEqual([]);
    expect(record()).toEqual([]);
  });

  test("reports and records a refusal, and repeats nothing", async () => {
    const { source, seen, fake, record } = await prepare(kind);
    fake.fault = (asked) => (isWrite(asked) ? { status: 403, body: { message: "no" } } : null);
    await expect(
      source.update?.(project, seen.id, { status: "completed", seen }, signal),
    ).rejects.toMatchObject({ code: "source-refused" });
    expect(writesOf(fake)).toHaveLength(1);
    expect(record()).toMatchObject([{ outcome: { state: "refused", code: "source-refused" } }]);
    expect(JSON.stringify(record())).not.toContain(token);
  });
});

const assigning = kinds.filter((kind) => kind !== "todoist");
const many = ["github", "gitea"];
describe.each(assigning)("%s", (kind) => {
  const isMany = many.includes(kind);
  const names = isMany ? ["ada", "bob"] : ["bob"];

  test("assigns a task to somebody, and can undo it", async () => {
    const { source, seen, now, undo, record } = await prepare(kind);
    await source.assign?.(project, seen.id, { names, seen }, signal);
    expect((await now()).assignees).toEqual(names);
    await undo();
    expect((await now()).assignees).toEqual(["ada"]);
    expect(record()).toMatchObject([
      { action: "assign", previousAssignees: ["ada"], outcome: { state: "done" } },
      { action: "undo", outcome: { state: "done" } },
    ]);
  });

  test.each(cuts)(
    "sends an assignment whose connection is cut (%s) once, and reports the outcome",
    async (cut) => {
      const { source, seen, fake, now, record } = await prepare(kind);
      fake.cut = (asked) => (isWrite(asked) ? cut : null);
      const failed = await source
        .assign?.(project, seen.id, { names, seen }, signal)
        .catch((error: unknown) => error);
      const isMade = cut !== "unread";
      expect((await now()).assignees).toEqual(isMade ? names : ["ada"]);
      expect(writesOf(fake)).toHaveLength(1);
      expect(failed instanceof Error ? codeOf(failed) : null).toBe(
        isMade ? null : "write-not-applied",
      );
      expect(record()).toMatchObject([{ outcome: { state: isMade ? "done" : "not-applied" } }]);
    },
  );

  test("reports an error, not a success, if the person cannot be assigned", async () => {
    const { source, seen, fake } = await prepare(kind);
    const asked = source.assign?.(project, seen.id, { names: ["ghost"], seen }, signal);
    await expect(asked).rejects.toMatchObject({
      code: "not-supported",
      message: isMany ? "tracker assigned nobody." : 'tracker has nobody called "ghost".',
    });
    expect(writesOf(fake)).toHaveLength(isMany ? 1 : 0);
  });

  test("does not change a task that somebody else took since it was read", async () => {
    const { source, seen, fake, now } = await prepare(kind);
    await source.assign?.(project, seen.id, { names: ["bob"], seen }, signal);
    await expect(
      source.update?.(project, seen.id, { status: "completed", seen }, signal),
    ).rejects.toMatchObject({
      code: "task-changed",
      message: expect.stringContaining("assignees ada → bob") as string,
    });
    expect((await now()).status).toBe(seen.status);
    expect(writesOf(fake)).toHaveLength(1);
  });
});

test("an assignment to a name that two people share is refused", async () => {
  const { source, seen, fake } = await prepare("linear");
  const asked = source.assign?.(project, seen.id, { names: ["twin"], seen }, signal);
  await expect(asked).rejects.toMatchObject({
    code: "not-supported",
    message: 'tracker has several people called "twin".',
  });
  expect(writesOf(fake)).toEqual([]);
});

test("an assignment of a second person is refused if tasks have one assignee", async () => {
  const { source, seen, fake } = await prepare("gitlab");
  const asked = source.assign?.(project, seen.id, { names: ["ada", "bob"], seen }, signal);
  await expect(asked).rejects.toMatchObject({ code: "not-supported" });
  expect(writesOf(fake)).toEqual([]);
});

test("a task that changed otherwise while the response was lost is recorded as unknown, not as unchanged", async () => {
  const { source, seen, fake, record } = await prepare("todoist");
  fake.cut = (asked) => {
    if (!isWrite(asked)) return null;
    // A recurring task moves on when it is completed, and stays open.
    Object.assign(fake.items[0] ?? {}, { updated_at: "2026-11-25T09:00:00Z" });
    return "unanswered";
  };
  fake.fault = (asked) => (isWrite(asked) ? { status: 204 } : null);
  await expect(
    source.update?.(project, seen.id, { status: "completed", seen }, signal),
  ).rejects.toMatchObject({ code: "write-unknown" });
  expect(record()).toMatchObject([{ outcome: { state: "unknown" } }]);
});

test("a change in linear is refused, not unknown, if the request that comes before the write fails", async () => {
  const { source, seen, fake, record } = await prepare("linear");
  fake.cut = (asked) => (JSON.stringify(asked.body).includes("team{states") ? "unread" : null);
  await expect(
    source.update?.(project, seen.id, { status: "completed", seen }, signal),
  ).rejects.toMatchObject({ code: "source-unreachable", isUnsent: true });
  expect(writesOf(fake)).toEqual([]);
  expect(record()).toMatchObject([{ outcome: { state: "refused" } }]);
});

describe("a custom mapping with preconditions", () => {
  async function withPreconditions(etag: (item: unknown) => string = etagOf) {
    const fake = await startTracker("github", 1);
    const path = "/repos/o/r/issues/${id}";
    const task = '{"id": $string(number), "title": title, "status": state}';
    const mapping = {
      list: { path: "/repos/o/r/issues", task },
      get: { path, task },
      update: { method: "PATCH", path, body: { state: "${status}" }, ifMatch: true, task },
      statusWords: { completed: "closed", pending: "open" },
    };
    fake.fault = (asked) => {
      const [item] = fake.items;
      if (asked.method === "GET" && asked.path.endsWith("/1")) {
        return { headers: { etag: etag(item) }, body: item };
      }
      if (asked.method !== "PATCH" || asked.headers["if-match"] === etag(item)) return null;
      return { status: 412, body: { message: "Precondition Failed" } };
    };
    const auth = { type: "bearer", secret: "${env:TOKEN}" };
    const source = sourceAt(fake.origin, { mapping, auth });
    const seen = (await source.get?.(project, "1", signal)) as Task;
    return { fake, source, seen };
  }

  test("sends the ETag that was read", async () => {
    const { fake, source, seen } = await withPreconditions();
    await source.update?.(project, "1", { status: "completed", seen }, signal);
    expect(fake.items[0]?.["state"]).toBe("closed");
  });

  test("refuses a task that changes between the read and the write", async () => {
    const { fake, source, seen } = await withPreconditions();
    Object.assign(fake.items[0] ?? {}, { title: "Another" });
    await expect(
      source.update?.(project, "1", { status: "completed", seen }, signal),
    ).rejects.toMatchObject({ code: "task-changed" });
    expect(fake.items[0]?.["state"]).toBe("open");
  });

  test("sends nothing if the ETag is weak, because a weak ETag proves nothing", async () => {
    const { fake, source, seen } = await withPreconditions((item) => `W/${etagOf(item)}`);
    await expect(
      source.update?.(project, "1", { status: "completed", seen }, signal),
    ).rejects.toMatchObject({ code: "config-invalid" });
    expect(writesOf(fake)).toEqual([]);
  });
});
