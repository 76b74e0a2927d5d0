// No write without a person's consent: for each kind of write and each way to come without one.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { stateFiles } from "../../../src/config/folders.ts";
import { SourceConfig } from "../../../src/config/source-config.ts";
import { noNotes, type TaskSource } from "../../../src/core/ports.ts";
import { consentFor, setConsent } from "../../../src/sources/writing/consent.ts";
import { guardedSource } from "../../../src/sources/writing/guarded-source.ts";
import { readWrites } from "../../../src/sources/writing/record.ts";
import { aNewTask, aTask } from "../../support/builders.ts";
import { temporaryFolder } from "../../support/temporary.ts";

const project = "/work/shop-api";
const scope = { path: project, name: "shop-api" };
const { signal } = new AbortController();

const plain = {
  name: "tracker",
  type: "json",
  url: "https://tasks.acme.example",
  preset: "github",
};
const configOf = (more: object = {}): SourceConfig => SourceConfig.parse({ ...plain, ...more });

/** A source that can do everything, and counts what it is told to do. */
function countingSource() {
  const sent: string[] = [];
  const note = <T>(what: string, value: T): Promise<T> => {
    sent.push(what);
    return Promise.resolve(value);
  };
  const source: TaskSource = {
    name: "tracker",
    origin: "https://tasks.acme.example",
    subject: "",
    listOpen: async () => ({ ...noNotes, tasks: [] }),
    update: () => note("update", aTask()),
    create: () => note("create", aTask()),
    comment: () => note("comment", undefined),
    assign: () => note("assign", aTask({ assignees: ["ana"] })),
    takeBack: () => note("takeBack", aTask()),
    [Symbol.asyncDispose]: async () => undefined,
  };
  return { source, sent };
}

type Writer = (source: TaskSource) => Promise<unknown> | undefined;
const writes: Record<string, Writer> = {
  update: (one) => one.update?.(scope, "1", { status: "completed" }, signal),
  create: (one) => one.create?.(scope, aNewTask(), signal),
  comment: (one) => one.comment?.(scope, "1", "x", signal),
  assign: (one) => one.assign?.(scope, "1", { names: ["ana"] }, signal),
  takeBack: (one) => one.takeBack?.(scope, "1", { before: " ", after: "x" }, signal),
};

type Files = ReturnType<typeof stateFiles>;
const allowed = (files: Files): void => setConsent(files, project, configOf(), true);
const entry = (more: object): string =>
  JSON.stringify({ allowed: [{ project, source: "tracker", identity: "", ...more }] });

/** What was done before, and what differs in the source that is written. */
const ways: Record<string, { before: (files: Files) => void; config?: object; project?: string }> =
  {
    "nobody was asked": { before: () => undefined },
    "another project was allowed": { before: allowed, project: "/work/other" },
    "a folder of the project was allowed": { before: allowed, project: `${project}/packages/a` },
    "another source was allowed": { before: allowed, config: { name: "other" } },
    "the source has another address now": {
      before: allowed,
      config: { url: "https://evil.example" },
    },
    "the source has another preset now": { before: allowed, config: { preset: "gitea" } },
    "the source has another repository now": {
      before: allowed,
      config: { with: { repository: "e/x" } },
    },
    "the source signs in otherwise now": {
      before: allowed,
      config: { auth: { type: "bearer", secret: "${env:OTHER}" } },
    },
    "the source has a mapping of its own now": {
      before: allowed,
      config: {
        preset: undefined,
        mapping: { list: { path: "/" }, update: { path: "/x", method: "DELETE" } },
      },
    },
    "the permission was taken back": {
      before: (files) => {
        allowed(files);
        setConsent(files, project, configOf(), false);
      },
    },
    "the record names no identity": {
      before: (files) => writeFileSync(files.writeConsent, entry({})),
    },
    "the record allows every source": {
      before: (files) => writeFileSync(files.writeConsent, entry({ source: "*", project: "*" })),
    },
    "the record is not JSON": { before: (files) => writeFileSync(files.writeConsent, "allowed") },
    "the record says true": {
      before: (files) => writeFileSync(files.writeConsent, '{"allowed":true}'),
    },
  };

const tries = Object.keys(ways).flatMap((way) =>
  Object.keys(writes).map((kind) => [kind, way] as const),
);

describe("a source without the user's consent", () => {
  test("is tested with more than fifty attempts to write", () =>
    expect(tries.length).toBeGreaterThan(50));

  test.each(tries)("gets no %s when %s", async (kind, way) => {
    const files = stateFiles(temporaryFolder());
    const { before, config, project: own = project } = ways[way] ?? { before: allowed };
    before(files);
    const { source, sent } = countingSource();
    const author = { session: null, via: "tool" } as const;
    const made = { ...plain, ...config } as Record<string, unknown>;
    const named = Object.fromEntries(
      Object.entries(made).filter(([, value]) => value !== undefined),
    );
    const guard = { files, project: own, config: SourceConfig.parse(named), author };
    const failed = await writes[kind]?.(guardedSource(source, guard))?.catch(
      (error: unknown) => error,
    );
    expect(failed).toMatchObject({
      code: "write-not-allowed",
      hint: expect.stringContaining(`sitrep source allow-writes ${guard.config.name}`) as string,
    });
    expect(sent).toEqual([]);
    expect(readWrites(files, null)).toEqual([]);
  });
});

test.each(Object.keys(writes))(
  "a source with consent gets one %s, which is recorded",
  async (kind) => {
    const files = stateFiles(temporaryFolder());
    allowed(files);
    const { source, sent } = countingSource();
    const author = { session: "s-1", via: "tool" } as const;
    await writes[kind]?.(guardedSource(source, { files, project, config: configOf(), author }));
    expect(sent).toEqual([kind]);
    expect(readWrites(files, project)).toMatchObject([
      { source: "tracker", session: "s-1", via: "tool", outcome: { state: "done" } },
    ]);
    expect(readWrites(files, "/work/other")).toEqual([]);
  },
);

test("a source needs no new consent when its timeouts, retries or projects change", () => {
  const files = stateFiles(temporaryFolder());
  allowed(files);
  const changed = configOf({ retries: 1, fallback: true, timeoutSeconds: 9, projects: [project] });
  expect(consentFor(files, project, changed)).toBe("allowed");
});

test("a write that cannot be recorded is not sent", async () => {
  const files = stateFiles(temporaryFolder());
  allowed(files);
  const { source, sent } = countingSource();
  const full = { ...files, writeRecord: join(files.writeConsent, "history.jsonl") };
  const author = { session: null, via: "command" } as const;
  const guarded = guardedSource(source, { files: full, project, config: configOf(), author });
  await expect(writes["update"]?.(guarded)).rejects.toThrow("EEXIST");
  expect(sent).toEqual([]);
});
