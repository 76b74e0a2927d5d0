// A command that is killed while it changes a task, at each step: the file is as it was or as it should be, the tracker has the
// change once at most, and history, a second try and undo go on from there.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { oneIn, triesAll } from "../support/cases.ts";
import { builtFolder } from "../support/built.ts";
import { prepareSources, type SourceContext } from "../support/source-commands.ts";
import { configureTracker } from "../support/tracked-project.ts";

interface Recorded {
  action: string;
  outcome: { state: string };
}
const recordOf = async (context: SourceContext): Promise<Recorded[]> =>
  JSON.parse(await context.good(["history", "--json"])) as Recorded[];

describe("a list in a file", () => {
  const list = "# Plan\n\n- [ ] Fix the login page\n- [ ] Ship it\n";
  const done = list.replace("[ ] Fix", "[x] Fix");
  const finish = ["task", "done", "fix-the-login-page"];
  const possible = [
    "done, changed",
    "no record, as it was",
    "unknown, as it was",
    "unknown, changed",
  ];
  const killer = join(import.meta.dirname, "../support/kill-at.ts");

  async function prepare() {
    const context = prepareSources();
    context.project.write("tasks/todo.md", list);
    context.configure({ name: "todo", type: "file", kind: "tasks-todo", path: "tasks/todo.md" });
    context.allowWrites("todo");
    await context.refresh();
    const folder = join(context.project.folder, "tasks");
    const text = (): string => readFileSync(join(folder, "todo.md"), "utf8");
    const runUntil = (step: number) =>
      context.run(finish, {
        NODE_OPTIONS: `--import ${killer}`,
        KILL_AT: String(step),
        KILL_BELOW: `${folder}:${join(context.state, "history.jsonl")}`,
      });
    return { context, folder, text, runUntil };
  }

  const seen = new Set<string>();

  // There are 31: the last ones kill nobody.
  test.for(oneIn(6, [...Array(36).keys()]))(
    "is either unchanged or complete after a kill at step %i",
    async (at, { skip }) => {
      const { context, folder, text, runUntil } = await prepare();
      if ((await runUntil(at + 1)).code === 0) return skip();
      const [first, ...more] = await recordOf(context);
      expect(more).toEqual([]);
      const state = first?.outcome.state ?? "no record";
      const isDone = text() === done;
      const found = `${state}, ${isDone ? "changed" : "as it was"}`;
      expect([list, done]).toContain(text());
      expect(possible).toContain(found);
      seen.add(found);
      const isUnknown = (await context.good(["history"])).includes(
        "unknown: Sitrep ended before the response came.",
      );
      expect(isUnknown).toBe(state === "unknown");
      // Its draft keeps others waiting for five seconds.
      rmSync(join(folder, ".todo.md.sitrep.draft"), { force: true });
      const again = await context.run(finish);
      expect(again.code).toBe(isDone ? 1 : 0);
      expect(text()).toBe(done);
      await context.good(["task", "undo"]);
      expect(text()).toBe(list);
      return undefined;
    },
  );

  test.runIf(triesAll)("was tested in every state between the first and the last step", () =>
    expect([...seen].toSorted()).toEqual(possible),
  );
});

describe("an issue of a tracker", () => {
  test.each(["unread", "unanswered"] as const)(
    "has the status that its record says after a kill with the request %s",
    async (cut) => {
      const { context, fake } = await configureTracker();
      context.allowWrites("issues");
      const isMade = cut === "unanswered";
      const child = spawn(process.execPath, [join(builtFolder, "cli.cjs"), "task", "done", "1"], {
        cwd: context.project.folder,
        env: context.env,
      });
      fake.cut = ({ method }) => {
        if (method === "GET") return null;
        child.kill("SIGKILL");
        return cut;
      };
      const [, signal] = (await once(child, "close")) as [number | null, string | null];
      fake.cut = null;
      expect(signal).toBe("SIGKILL");
      const writes = () => fake.asked.filter(({ method }) => method !== "GET").length;
      expect(writes()).toBe(1);
      expect(fake.items[0]).toMatchObject({ state: isMade ? "closed" : "open" });
      expect(await context.good(["history"])).toContain(
        "set to completed · by a terminal · unknown: Sitrep ended before the response came.",
      );

      const undo = await context.good(["task", "undo"]);
      expect(fake.items[0]).toMatchObject({ state: "open" });
      expect(writes()).toBe(isMade ? 2 : 1);
      expect(undo).toBe(
        isMade
          ? 'Undone.\n1 "Title 1" is pending again in issues.\n'
          : 'Nothing was changed: 1 "Title 1" is pending in issues already.\n',
      );
      const nothing = await context.run(["task", "undo"]);
      expect(nothing.stderr).toContain("There is no change to undo in this project.");
      await context.good(["task", "done", "1"]);
      expect(fake.items[0]).toMatchObject({ state: "closed" });
    },
  );

  test("gets no second request when the command runs again after a kill", async () => {
    const { context, fake } = await configureTracker();
    context.allowWrites("issues");
    const child = spawn(process.execPath, [join(builtFolder, "cli.cjs"), "task", "done", "1"], {
      cwd: context.project.folder,
      env: context.env,
    });
    fake.cut = ({ method }) => {
      if (method !== "GET") child.kill("SIGKILL");
      return method === "GET" ? null : "unanswered";
    };
    await once(child, "close");
    fake.cut = null;
    const { code, stderr } = await context.run(["task", "done", "1"]);
    expect([code, stderr]).toEqual([
      1,
      "sitrep: 1 was changed in issues since it was read: status pending → completed.\n" +
        '  Nothing was sent. "sitrep refresh" reads it again; then look at the task.\n',
    ]);
    expect(fake.asked.filter(({ method }) => method !== "GET")).toHaveLength(1);
  });
});
