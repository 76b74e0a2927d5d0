// Tasks that follow git, with the real monitor: a commit in a repository, the issue at its tracker, the news in a session, and
// the way back.

import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { createCommandContext } from "../../src/config/context.ts";
import { loadOwnConfig } from "../../src/config/command-config.ts";
import { setConsent } from "../../src/sources/writing/consent.ts";
import { contextOf, sessionStartInput, toolInput } from "../support/installation.ts";
import { plainGitEnvironment } from "../support/repository.ts";
import { outputOf } from "../support/run-program.ts";
import { prepareSources, type SourceContext } from "../support/source-commands.ts";
import { apis, startTracker, token, type FakeTracker } from "../support/trackers.ts";
import { eventually } from "../support/waiting.ts";

interface Begun {
  context: SourceContext;
  fake: FakeTracker;
  /** What the session reads at its next call. */
  call: () => Promise<string>;
  /** Commits to main what closes issue 42, and pushes it. Gives the commit. */
  close: () => string;
  writes: () => { method: string; path: string; body: unknown }[];
}

/** `dryMs`: how long it only says what it would set. */
async function begin(dryMs: number): Promise<Begun> {
  const [context, fake] = [prepareSources(), await startTracker("github", 0)];
  fake.items = [apis.github.item(41, "Rotate the keys"), apis.github.item(42, "Fix the login")];
  const { project } = context;
  project.git("remote", "add", "origin", "git@github.com:o/r.git");
  // As a push leaves it.
  const push = (): void =>
    void project.git(
      "update-ref",
      "refs/remotes/origin/main",
      project.git("rev-parse", "main").trim(),
    );
  push();
  project.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main");
  const add = ["source", "add", "issues", "--api", "github", "--url", fake.origin];
  await context.good([...add, "--with", "repository=o/r", "--token-env", "T"], { T: token });
  const own = createCommandContext(context.env, project.folder);
  const source = loadOwnConfig(own).sources.find(({ name }) => name === "issues");
  if (source === undefined) throw new Error("no source");
  const config = JSON.parse(readFileSync(own.configFile, "utf8")) as object;
  const refresh = { schedule: "* * * * * *", heartbeatSeconds: 0.3 };
  writeFileSync(own.configFile, JSON.stringify({ ...config, refresh }));
  // A commit's date has no milliseconds.
  const since = Date.now() - 5000;
  // As `sitrep source automate` keeps it once a person has said yes; test/e2e/automate.test.ts has that.
  setConsent(own.files, project.folder, source, true, { since, dryUntil: since + dryMs });
  await context.good(["install", "--yes"]);
  const { sessionStart, preToolUse } = context.commands();
  const env = { CLAUDE_CODE_SESSION_ID: "session-1", PWD: project.folder };
  await context.hook(sessionStart, sessionStartInput(context), env);
  const call = async (): Promise<string> =>
    contextOf(await context.hook(preToolUse, toolInput(context), env)) ?? "";
  await eventually(async () => expect(await context.good([])).toContain("42"), 200);
  await call();
  const close = (): string => {
    project.write("login", "1\n");
    project.git("add", "login");
    const date = new Date().toISOString();
    outputOf("git", ["commit", "-q", "-m", "Fix the login\n\nCloses #42"], {
      cwd: project.folder,
      env: { ...plainGitEnvironment, GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date },
    });
    push();
    return project.git("rev-parse", "HEAD").trim();
  };
  const writes = () =>
    fake.asked
      .filter(({ method }) => method !== "GET")
      .filter(({ path }) => path !== "/graphql")
      .map(({ method, path, body }) => ({ method, path, body }));
  return { context, fake, call, close, writes };
}

describe("automation, after a commit that closes an issue,", () => {
  test("closes the issue once, reports that with the undo command, and undo reopens the issue", async () => {
    const { context, fake, call, close, writes } = await begin(0);
    const commit = close().slice(0, 7);
    let text = "";
    await eventually(async () => {
      text += await call();
      expect(text).toContain("Sitrep set");
    }, 300);
    expect(text).toContain(`Sitrep set 42 to completed because ${commit} `);
    expect(text).toContain("To undo: sitrep task undo");
    expect(writes()).toEqual([
      {
        method: "PATCH",
        path: "/repos/o/r/issues/42",
        body: { state: "closed", state_reason: "completed" },
      },
    ]);
    expect(fake.items[1]).toMatchObject({ state: "closed" });
    expect(await context.good(["history"])).toMatch(
      new RegExp(
        `issues/42 · "Fix the login" · set to completed · by automation, for ${commit} · done`,
      ),
    );

    expect(await context.good(["task", "undo"])).toContain(
      '42 "Fix the login" is pending again in issues.',
    );
    expect(fake.items[1]).toMatchObject({ state: "open" });
    // The same commit says nothing new, however often the monitor looks.
    const asked = fake.asked.length;
    context.project.write("more", "1\n");
    await eventually(async () => {
      await call();
      await context.good(["refresh"]);
      expect(fake.asked.length).toBeGreaterThan(asked + 2);
    }, 300);
    expect(writes()).toHaveLength(2);
    expect(fake.items[1]).toMatchObject({ state: "open" });
  });

  test("reports and records the change in a dry run, and sends nothing", async () => {
    const { context, fake, call, close, writes } = await begin(7 * 86_400_000);
    const commit = close().slice(0, 7);
    let text = "";
    await eventually(async () => {
      text += await call();
      expect(text).toContain("Dry run: Sitrep would set");
    }, 300);
    expect(text).toContain(`would set 42 to completed because ${commit} `);
    expect(writes()).toEqual([]);
    expect(fake.items[1]).toMatchObject({ state: "open" });
    expect(await context.good(["history"])).toMatch(
      new RegExp(`by automation, for ${commit} · dry run: nothing was sent`),
    );
    expect((await context.run(["task", "undo"])).stderr).toContain("There is no change to undo");
    expect(writes()).toEqual([]);
  });
});
