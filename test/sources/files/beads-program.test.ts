// beads' own program, as a source runs it: what it is given, what is made of its responses, and what is not run.

import { chmodSync, copyFileSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { stateFiles } from "../../../src/config/folders.ts";
import { SourceConfig } from "../../../src/config/source-config.ts";
import { codeOf, messageOf } from "../../../src/core/errors.ts";
import { openBeadsProgram } from "../../../src/sources/files/beads-program.ts";
import { setConsent } from "../../../src/sources/writing/consent.ts";
import { guardedSource } from "../../../src/sources/writing/guarded-source.ts";
import { readWrites } from "../../../src/sources/writing/record.ts";
import { temporaryFolder } from "../../support/temporary.ts";
import { fakeBd, openIssues, type FakeBd } from "../../support/fake-bd.ts";
import { treeWith } from "../../support/task-files.ts";

const flags = "list --json --limit 0 --readonly --sandbox";
const inTime = (): AbortSignal => AbortSignal.timeout(10_000);

function opened(bd: FakeBd, command = bd.program) {
  const root = treeWith({ ".beads/metadata.json": "{}" });
  const scope = { path: root, name: "shop" };
  const env = { PATH: process.env["PATH"], HOME: "/home/ana", GITHUB_TOKEN: "t", EVIL: "1" };
  const source = openBeadsProgram({ name: "beads", command, path: ".beads" }, env);
  return { root, scope, source, list: () => source.listOpen(scope, inTime()) };
}

const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error: unknown) => [codeOf(error), messageOf(error)],
  );

test("the program's open issues are all listed, without its internal ones", async () => {
  const bd = fakeBd();
  const { list } = opened(bd);
  const { tasks, unreadable, isCut } = await list();
  expect(tasks.map(({ id, status, priority }) => [id, status, priority])).toEqual([
    ["bd-main-idj", "in_progress", "medium"],
    ["bd-main-k2", "pending", "high"],
  ]);
  expect(tasks[1]).toMatchObject({ parent: "bd-main-idj", labels: ["cleanup"], place: ".beads" });
  expect([unreadable, isCut]).toEqual([0, false]);
});

test("the response in the envelope announced for version 2.0 is read", async () => {
  const bd = fakeBd();
  bd.print({ schema_version: 1, data: openIssues });
  expect((await opened(bd).list()).tasks).toHaveLength(2);
});

test("an empty list gives no tasks and is not a failure", async () => {
  const bd = fakeBd();
  bd.print([]);
  expect((await opened(bd).list()).tasks).toEqual([]);
});

test("the program reads only, starts outside the repository and gets no token", async () => {
  const bd = fakeBd();
  const { root, list } = opened(bd);
  await list();
  expect(bd.calls()).toEqual([`/ ${flags}`]);
  const { PATH: _path, PWD: _pwd, SHLVL: _level, _: _last, ...env } = bd.env();
  expect(env).toMatchObject({ HOME: "/home/ana", BEADS_DIR: join(root, ".beads") });
  expect(Object.keys(env)).not.toContain("GITHUB_TOKEN");
  expect(Object.keys(env)).not.toContain("EVIL");
});

test("several issues are looked up with one call, closed and internal ones too", async () => {
  const bd = fakeBd();
  const { scope, source } = opened(bd);
  const ids = ["bd-main-9", "bd-main-g", "bd-main-none"];
  const found = await Promise.all(ids.map((id) => source.get?.(scope, id, inTime())));
  expect(found.map((task) => task?.status)).toEqual(["completed", "pending", undefined]);
  expect(bd.calls()).toEqual([`/ ${flags} --all --id ${ids.join(",")}`]);
});

test.each(["--help", "a,b", "a b", "$(id)"])(
  "the id %s is not passed to the program",
  async (id) => {
    const bd = fakeBd();
    const { scope, source } = opened(bd);
    expect(await source.get?.(scope, id, inTime())).toBeNull();
    expect(bd.calls()).toEqual([]);
  },
);

test("a program in the repository is not run, nor is a link elsewhere that leads into it", async () => {
  const bd = fakeBd();
  const { root } = opened(bd);
  const inside = join(root, "bin/bd");
  mkdirSync(join(root, "bin"));
  copyFileSync(bd.program, inside);
  chmodSync(inside, 0o755);
  const link = join(bd.folder, "link");
  symlinkSync(inside, link);
  for (const command of [inside, link]) {
    const source = openBeadsProgram({ name: "beads", command, path: ".beads" }, {});
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const failure = await failureOf(source.listOpen({ path: root, name: "shop" }, inTime()));
    expect(failure).toEqual([
      "source-not-started",
      `beads: ${command} is in the repository, from which nothing is run.`,
    ]);
  }
  expect(bd.calls()).toEqual([]);
});

test.each([
  ["exits with an error", 'echo \'{"error":"no database"}\' >&2; exit 1', "source-failed"],
  ["prints prose", "echo Welcome to beads", "source-invalid-response"],
  ["prints too much", "head -c 11000000 /dev/zero", "source-invalid-response"],
  ["prints half a list", "echo '[{'", "source-invalid-response"],
])("a program that %s is a failure, never an empty list", async (_what, script, code) => {
  const bd = fakeBd();
  bd.behave(script);
  const failure = await failureOf(opened(bd).list());
  expect(failure?.[0]).toBe(code);
  expect(failure?.[1]).not.toContain("no database");
});

test("a program that hangs is killed at the deadline", async () => {
  const bd = fakeBd();
  bd.behave("exec sleep 60");
  const { scope, source } = opened(bd);
  const failure = await failureOf(source.listOpen(scope, AbortSignal.timeout(300)));
  expect(failure?.[0]).toBe("source-timeout");
});

test("a missing program is named in the error, with the way to read the export instead", async () => {
  const bd = fakeBd();
  rmSync(bd.program);
  expect(await failureOf(opened(bd).list())).toEqual([
    "source-not-started",
    `beads: ${bd.program} is not a program.`,
  ]);
});

const idOf = "bd-main-k2";

/** Keeps the state that it is told, as `bd` does; `before` and `after`: what else it does. */
const keeping = (folder: string, after = "exit 0", before = ":"): string => `
${before}
case "$1" in
  close) status=closed;;
  update) status=$(echo "$3" | sed 's/--status=//');;
  comment) echo "$4" >>'${folder}/comments'; ${after};;
esac
printf '[{"id":"${idOf}","title":"Remove dead flags","status":"%s","updated_at":"2026-05-01T00:00:00Z"}]' "$status" >'${folder}/ids.json'
${after}`;

describe("a change through the program", () => {
  function prepare(after?: string, before?: string) {
    const bd = fakeBd();
    const { scope, source } = opened(bd);
    const first = [{ ...openIssues[1], dependencies: [], parent: undefined }];
    writeFileSync(join(bd.folder, "ids.json"), JSON.stringify(first));
    bd.behave(keeping(bd.folder, after, before));
    const files = stateFiles(temporaryFolder());
    const config = SourceConfig.parse({
      name: "beads",
      type: "file",
      kind: "beads",
      path: ".beads",
      command: bd.program,
      projects: ["/shop"],
    });
    setConsent(files, scope.path, config, true);
    const author = { session: null, via: "command" } as const;
    const guarded = guardedSource(source, { files, project: scope.path, config, author });
    const writes = (): string[] =>
      bd.calls().flatMap((call) => (call.includes(" list ") ? [] : call.replace("/ ", "")));
    return { scope, guarded, writes, record: () => readWrites(files, null) };
  }

  test.each([
    ["completed", `close ${idOf}`],
    ["in_progress", `update ${idOf} --status=in_progress`],
    ["blocked", `update ${idOf} --status=blocked`],
  ] as const)("to %s is one call", async (status, call) => {
    const { scope, guarded, writes, record } = prepare();
    const seen = await guarded.get?.(scope, idOf, inTime());
    await guarded.update?.(scope, idOf, { status, ...(seen && { seen }) }, inTime());
    expect(writes()).toEqual([call]);
    expect(record()).toMatchObject([{ outcome: { state: "done", status } }]);
  });

  test.each([true, false])(
    "is looked up after the program was killed (made: %s)",
    async (isMade) => {
      const killed = ["kill -9 $$", undefined] as const;
      const [after, before] = isMade ? killed : killed.toReversed();
      const { scope, guarded, writes, record } = prepare(after, before);
      const seen = await guarded.get?.(scope, idOf, inTime());
      const change = { status: "completed", ...(seen && { seen }) } as const;
      const code = await guarded.update?.(scope, idOf, change, inTime()).then(() => null, codeOf);
      expect(code).toBe(isMade ? null : "write-not-applied");
      expect(writes()).toEqual([`close ${idOf}`]);
      expect(record()).toMatchObject([{ outcome: { state: isMade ? "done" : "not-applied" } }]);
      const comment = guarded.comment?.(scope, idOf, "x", inTime());
      await expect(comment).rejects.toMatchObject({
        code: "write-unknown",
        cause: { message: "beads: bd was killed (SIGKILL)." },
      });
      expect(writes()).toHaveLength(2);
    },
  );

  test("sends a comment that begins with a dash as text, and refuses such an id", async () => {
    const { scope, guarded, writes } = prepare();
    await guarded.comment?.(scope, idOf, "--force it", inTime());
    await expect(guarded.comment?.(scope, "--all", "x", inTime())).rejects.toMatchObject({
      code: "task-not-found",
    });
    expect(writes()).toEqual([`comment ${idOf} -- --force it`]);
  });

  test("is reported as made if the program fails after it changed the issue", async () => {
    const { scope, guarded, writes, record } = prepare("exit 1");
    await guarded.update?.(scope, idOf, { status: "completed" }, inTime());
    expect(writes()).toEqual([`close ${idOf}`]);
    expect(record()).toMatchObject([{ outcome: { state: "done", isConfirmed: true } }]);
  });

  test("to a status that the program lacks is refused before the program runs", async () => {
    const { scope, guarded, writes } = prepare();
    const change = guarded.update?.(scope, idOf, { status: "cancelled" }, inTime());
    await expect(change).rejects.toMatchObject({ code: "not-supported" });
    expect(writes()).toEqual([]);
  });
});
