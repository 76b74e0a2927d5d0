// Trackers by their own APIs through the built command: adding one, its token from gh, and what is refused.

import { chmodSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { prepareSources } from "../support/source-commands.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { apis, startTracker, token } from "../support/trackers.ts";

/** All text below a folder. */
const textIn = (folder: string): string =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"))
    .join("\n");

test("the source for GitHub uses gh's token without storing it, and its issues are in the next brief", async () => {
  const [context, fake] = [prepareSources(), await startTracker("github", 1)];
  const bin = temporaryFolder();
  writeFileSync(join(bin, "gh"), `#!/bin/sh\necho ${token}\n`);
  chmodSync(join(bin, "gh"), 0o755);
  const env = { PATH: `${bin}:${context.env["PATH"] ?? ""}` };
  const add = ["source", "add", "issues", "--api", "github", "--url", fake.origin];
  const shown = await context.good([...add, "--with", "repository=o/r", "--token-from", "gh"], env);
  expect(shown).toMatch(/✓ ok +tasks +\d+ ms {2}1 open/);
  const brief = await context.brief();
  expect(brief).toContain('Next, yours: 1: "Title 1"');
  expect(fake.asked.every(({ headers }) => headers.authorization === `Bearer ${token}`)).toBe(true);
  expect(await context.good(["source", "list"])).toContain("github API");
  expect(textIn(context.sitrepHome)).toContain("${gh:127.0.0.1}");
  expect(textIn(context.sitrepHome)).not.toContain(token);
  const { stderr, code } = await context.run(["source", "secret", "issues"]);
  expect({ stderr, code }).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("gh auth login --hostname 127.0.0.1") as string,
  });
});

test("the API's address and repository are taken from the remote", async () => {
  const context = prepareSources();
  context.project.git("remote", "add", "origin", "git@gitlab.acme.example:group/p.git");
  const add = ["source", "add", "work", "--api", "gitlab", "--token-from", "glab", "--no-test"];
  await context.good([...add, "--json"]);
  expect(JSON.parse(await context.good(["source", "list", "--json"]))).toMatchObject([
    {
      type: "json",
      preset: "gitlab",
      url: "https://gitlab.acme.example/api/v4",
      auth: { type: "bearer", secret: "${glab:gitlab.acme.example}" },
    },
    { name: "embedded" },
  ]);
});

test.each(["gitea", "jira"] as const)("a token is sent to %s in its own form", async (kind) => {
  const [context, fake] = [prepareSources(), await startTracker(kind, 1)];
  const { base, with: set } = apis[kind];
  const settings = Object.entries(set).flatMap(([name, value]) => ["--with", `${name}=${value}`]);
  const user = kind === "jira" ? ["--user", "ada@acme.example"] : [];
  const add = ["source", "add", "work", "--api", kind, "--url", fake.origin + base];
  const shown = await context.good([...add, ...settings, ...user, "--token-env", "T"], {
    T: token,
  });
  expect(shown).toContain("1 open");
});

test.each([
  [["--api", "nope"], "Allowed choices are github, gitlab, gitea, linear, jira, todoist."],
  [["--api", "jira"], "--api jira needs --url"],
  [["--api", "linear"], "--api linear needs a token, such as --token-env."],
  [["--api", "jira", "--url", "https://acme.atlassian.net"], "--api jira needs a token"],
  [["--api", "github", "--preset", "github"], "leave out --preset and --mapping"],
  [["--api", "github", "--user", "ada"], "--user needs a token"],
  [["--api", "github", "--token-from", "gh", "--token-env", "T"], "Use only one of"],
  [["--type", "json", "--url", "http://127.0.0.1:1"], 'give a "preset" or a "mapping"'],
  [["--api", "github"], '"with" lacks "owner"'],
])("source add %j is refused before anything is requested", async (args, words) => {
  const { code, stdout, stderr } = await prepareSources().run(["source", "add", "x", ...args]);
  expect(code).not.toBe(0);
  expect(stdout + stderr).toContain(words);
});
