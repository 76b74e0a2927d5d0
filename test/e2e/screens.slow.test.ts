// What each verb shows on terminals of 60 and 120 columns, with and without colors: `-u` writes test/fixtures/screens.

import { spawnSync } from "node:child_process";
import { cpSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { displayWidth } from "../../src/cli/terminal/table.ts";
import { openCache } from "../../src/state/cache/cache-file.ts";
import { closing, openForWriting } from "../../src/state/sqlite/sqlite.ts";
import { builtFolder } from "../support/built.ts";
import { sessionStartInput, type TestInstallation } from "../support/installation.ts";
import { install } from "../support/installed.ts";
import { hasScript } from "../support/on-terminal.ts";

/** The verbs, by the names of their fixtures. */
type Verbs = Readonly<Record<string, string>>;

const looking: Verbs = {
  today: "",
  doctor: "doctor",
  status: "status",
  "task list": "task list",
  "task show": "task show 1",
  "task next": "task next",
  "source list": "source list",
  "source test": "source test",
  refresh: "refresh",
  brief: "brief --now 2026-11-21T10:02:00Z",
  last: "last",
  "last tokens": "last --tokens",
  handoff: "handoff",
  "cache stats": "cache stats",
  "key list": "serve key list",
  install: "install --dry-run",
  help: "help task add",
  mistake: "list",
  allow: "allow --dry-run",
  "source discover": "source discover",
};

const changing: Verbs = {
  "task list all": "task list --all",
  "task add": "task add Rotate tokens --priority low --due 2020-02-29",
  "task edit": 'task edit 2 --title "Rotate all keys" --due none',
  "task note": "task note 2 those of the tests too",
  "task block": "task block 2 --by 1",
  "task unblock": "task unblock 2",
  "task done": "task done 1 --notes deployed",
  "task reopen": "task reopen 1",
  "task cancel": "task cancel 1",
  "task move": "task move 1 pending",
  "task remove": "task remove 3",
  "task undo": "task undo",
  "task export": "task export --format markdown",
  "task import": "task import ../tasks.md",
  refused: "task block 1 --by 9",
  start: "start",
  stop: "stop",
  off: "off --project .",
  on: "on --project .",
};

const hours = 3_600_000;

/** An installation with data that are three hours old, so that the shown ages stay the same for an hour. */
async function oldInstallation(): Promise<TestInstallation> {
  const context = await install({ monitor: false });
  const { ok, home, project } = context;
  const long = "Ask the payment service once more before a customer is told that nothing came";
  project.git("checkout", "-q", "-b", "feature/TASK-001");
  ok("task", "add", long, "--priority", "high", "--assignee", "ana", "--description", `${long}.`);
  ok("task", "add", "Rotate signing keys", "--due", "2020-01-31");
  ok("task", "add", "Announce it", "--depends-on", "TASK-002");
  ok("task", "start", "TASK-001");
  ok("serve", "key", "add", "ci", "--organization", "acme");
  ok("source", "add", "team", "--type", "tickets", "--url", "http://127.0.0.1:9", "--no-test");
  // The failure is known before the hook runs, which would otherwise wait for it and see it or not.
  expect(context.sitrep("refresh").code).toBe(1);
  await context.hook(context.commands().sessionStart, sessionStartInput(context));
  // Stops the monitor that the hook started: its age would differ each time.
  await expect.poll(() => context.monitorPid(), { timeout: 30_000 }).not.toBeNull();
  const reads = "SELECT count(*) FROM git_states WHERE value IS NOT NULL";
  const readGits = () =>
    closing(openCache(join(context.state, "cache.db")), (db) => db.prepare(reads).pluck().get());
  await expect.poll(readGits, { timeout: 30_000 }).toBe(1);
  ok("stop");
  writeFileSync(join(home, "tasks.md"), "- [ ] Write the docs\n- [ ] Rotate signing keys\n");
  const file = join(context.state, "tasks.db");
  closing(openForWriting(file, { timeoutMs: 1000, synchronous: "FULL" }), (store) => {
    const then = new Date(Date.now() - 3 * hours).toISOString();
    store.prepare("UPDATE tasks SET created_at = ?, updated_at = ?").run(then, then);
    store.prepare("UPDATE api_keys SET created_at = ?").run(then);
  });
  cpSync(context.state, `${context.state}.first`, { recursive: true });
  return context;
}

/** Restores what `oldInstallation` made. */
function makeOld({ state }: TestInstallation): void {
  for (const name of ["tasks.db", "cache.db"]) {
    for (const side of ["-wal", "-shm"]) rmSync(join(state, `${name}${side}`), { force: true });
    cpSync(join(`${state}.first`, name), join(state, name), { preserveTimestamps: true });
  }
  const cache = openCache(join(state, "cache.db"));
  const then = Date.now() - 3 * hours;
  cache.prepare("UPDATE task_snapshots SET fetched_at = ? WHERE fetched_at IS NOT NULL").run(then);
  cache
    .prepare(
      "UPDATE task_snapshots SET failure = json_set(failure, '$.since', ?, '$.nextTryAt', ?)",
    )
    .run(then, Date.now() + 3 * hours);
  cache.prepare("UPDATE sessions SET last_seen = ?").run(Date.now() - 300_000);
  cache.prepare("UPDATE git_states SET read_at = ?").run(then);
  cache.prepare("UPDATE deliveries SET at = ?").run(then);
  cache.close();
}

const plain = (text: string): string => text.replaceAll(/\u001b\[[\d;]*[mKGJ]/g, "");

/** What differs from run to run, in as many characters where the rest of the line depends on it. */
const settled = (text: string): string =>
  text
    .replaceAll(/sitrep-home-\w{6}/g, "sitrep-home-XXXXXX")
    .replaceAll(/0\.1\.0-[0-9a-f]{8}/g, "0.1.0-XXXXXXXX")
    .replaceAll(/(?<![0-9a-f])[0-9a-f]{16}(?![0-9a-f])/g, "XXXXXXXXXXXXXXXX")
    .replaceAll(/\b\w{3} \d{1,2} \w{3} \d\d:\d\d/g, "DATE")
    .replaceAll(/(attempt )\d\d:\d\d/g, "$1HH:MM")
    .replaceAll(/\bmade 1 min\b/g, "made 0 s")
    // A slow machine takes a minute more.
    .replaceAll(/\bseen \d+ min\b/g, "seen 5 min")
    .replaceAll(/\b\d+ s\b/g, "0 s")
    .replaceAll(/ *\b\d+ ms\b/g, " 0 ms")
    .replaceAll(/\b\d+ ([KM]B)\b/g, "N $1")
    .replaceAll(/\d+\.\d+\.\d+( at |\n|\u001b)/g, "N.N.N$1");

/** The screen of each verb, run one after the other on one terminal. */
function screensOf(
  context: TestInstallation,
  verbs: Verbs,
  { columns, env }: { columns: number; env: Record<string, string> },
) {
  makeOld(context);
  const cli = `'${process.execPath}' '${join(builtFolder, "cli.cjs")}'`;
  const lines = Object.entries(verbs).map(([name, words]) => `echo '@@${name}'; ${cli} ${words}`);
  const file = join(context.home, "screens.sh");
  writeFileSync(file, [`stty cols ${columns} rows 50`, ...lines].join("\n"));
  const { stdout } = spawnSync("script", ["-qec", `sh '${file}'`, "/dev/null"], {
    cwd: context.project.folder,
    env: { ...context.env, TERM: "xterm", ...env },
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
  const parts = stdout
    .replaceAll("\r\n", "\n")
    .split(/^@@(.*)\n/m)
    .slice(1);
  return new Map(
    parts.flatMap((name, at) => (at % 2 === 0 ? [[name, parts[at + 1] ?? ""] as const] : [])),
  );
}

/** Progress is drawn over itself; what stands there in the end counts. */
const drawn = (text: string): string =>
  text
    .split("\n")
    .map((line) => line.slice(line.lastIndexOf("\u001b[K") + 1).replace(/^\[K/, ""))
    .join("\n");

/** A path or an address that is longer stays whole; a diff and a file's lines are as they are. */
const isWhole = (name: string, line: string): boolean =>
  ["install", "task export"].includes(name) || /\S{30}/.test(line);

// Where folders have other names, lines break at other words.
describe.runIf(hasScript && tmpdir() === "/tmp").each([
  ["looks", looking],
  ["changes something", changing],
])("each command that %s", (_, verbs) => {
  // Each is a process of its own, four times.
  const options = { timeout: 300_000 };
  test("shows the same words with and without colors, in 60 and 120 columns", options, async () => {
    const context = await oldInstallation();
    const screens = [60, 120].flatMap((columns) =>
      [{ NO_COLOR: "1" }, { FORCE_COLOR: "1" }].map((env) => ({
        title: `${columns} columns${"NO_COLOR" in env ? "" : ", colors"}`,
        columns,
        shown: screensOf(context, verbs, { columns, env: env as Record<string, string> }),
      })),
    );
    for (const name of Object.keys(verbs)) {
      const texts = screens.map(({ title, columns, shown }) => {
        const text = settled(drawn(shown.get(name) ?? ""));
        const lines = plain(text).split("\n");
        const tooLong = lines.filter(
          (line) => displayWidth(line) > columns && !isWhole(name, line),
        );
        expect.soft(tooLong, name).toEqual([]);
        return { title, text };
      });
      for (const at of [0, 2]) {
        expect.soft(plain(texts[at + 1]?.text ?? ""), name).toBe(texts[at]?.text);
      }
      const file = texts.map(
        ({ title, text }) => `=== ${title}\n${text.replaceAll("\u001b", "␛")}`,
      );
      await expect
        .soft(file.join("\n"))
        .toMatchFileSnapshot(`../fixtures/screens/${name.replaceAll(" ", "-")}.txt`);
    }
  });
});
