// `sitrep install --task-links`: the links that Claude Code shows for ids of tasks, in a person's settings and out again.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { prepareSources, type SourceContext } from "../support/source-commands.ts";
import { startTracker, token } from "../support/trackers.ts";

const install = ["install", "--yes", "--no-monitor"];
const userFile = ({ home }: SourceContext): string => join(home, ".claude/settings.json");

async function withGitHub(): Promise<SourceContext> {
  const [context, fake] = [prepareSources(), await startTracker("github", 2)];
  const add = ["source", "add", "issues", "--api", "github", "--url", fake.origin];
  const from = ["--with", "repository=o/r", "--token-env", "T"];
  await context.good([...add, ...from], { T: token });
  return context;
}

const write = (file: string, text: string): void => {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
};

const theirs =
  '{\r\n\t"footerLinksRegexes": [\r\n\t\t{ "type": "regex", "pattern": "x", "url": "https://x.example/" }\r\n\t]\r\n}';
const edited = theirs.replace("{\r\n", '{\r\n\t"model": "opus",\r\n');

test("links go to the user's settings, stay over an install and leave with an uninstall", async () => {
  const context = await withGitHub();
  const file = userFile(context);
  write(file, theirs);
  await context.good([...install, "--task-links"]);
  const written = readFileSync(file, "utf8");
  expect(JSON.parse(written)).toEqual({
    footerLinksRegexes: [
      { type: "regex", pattern: "x", url: "https://x.example/" },
      {
        type: "regex",
        pattern: "(?<![\\w/&#])#(?<id>[1-9]\\d{0,6})\\b",
        url: "https://github.com/o/r/issues/{id}",
        label: "o/r#{id}",
        addedBy: "sitrep",
      },
      {
        type: "regex",
        pattern:
          "(?<![\\w./-])(?<owner>\\w[\\w.-]{0,99})/(?<repo>[\\w.-]{1,99})#(?<id>[1-9]\\d{0,6})\\b",
        url: "https://github.com/{owner}/{repo}/issues/{id}",
        addedBy: "sitrep",
      },
    ],
  });
  await context.good(install);
  expect(readFileSync(file, "utf8")).toBe(written);
  await context.good(["uninstall", "--yes"]);
  expect(readFileSync(file, "utf8")).toBe(theirs);
  expect(existsSync(context.settingsFile)).toBe(false);
});

test.each([
  ["--no-task-links", [...install, "--no-task-links"]],
  ["an uninstall", ["uninstall", "--yes"]],
])("%s removes only our links from a file that was edited since", async (_, args) => {
  const context = await withGitHub();
  const file = userFile(context);
  write(file, theirs);
  await context.good([...install, "--task-links"]);
  writeFileSync(file, readFileSync(file, "utf8").replace("{\r\n", '{\r\n\t"model": "opus",\r\n'));
  await context.good(args);
  expect(readFileSync(file, "utf8")).toBe(edited);
});

test("--no-task-links removes a file that only had links", async () => {
  const context = await withGitHub();
  await context.good([...install, "--task-links"]);
  expect(existsSync(userFile(context))).toBe(true);
  await context.good([...install, "--no-task-links"]);
  expect(existsSync(userFile(context))).toBe(false);
  expect(existsSync(context.settingsFile)).toBe(true);
});

test("at user scope hooks and links share the file, and go together", async () => {
  const context = await withGitHub();
  await context.good([...install, "--scope", "user", "--task-links"]);
  const settings = JSON.parse(readFileSync(userFile(context), "utf8")) as Record<string, unknown>;
  expect(Object.keys(settings)).toEqual(["hooks", "footerLinksRegexes"]);
  await context.good([...install, "--scope", "user", "--no-task-links"]);
  expect(readFileSync(userFile(context), "utf8")).not.toContain("footerLinksRegexes");
  await context.good(["uninstall", "--yes"]);
  expect(existsSync(userFile(context))).toBe(false);
});

test("a dry run shows the links and writes none", async () => {
  const context = await withGitHub();
  const { stdout, stderr } = await context.run(["install", "--dry-run", "--task-links"]);
  expect(stdout + stderr).toContain("https://github.com/o/r/issues/{id}");
  expect(existsSync(userFile(context))).toBe(false);
});

test("an install for a project whose tasks have no page is refused before anything changes", async () => {
  const context = prepareSources();
  await context.good(["task", "add", "Add OIDC login"]);
  const { code, stderr } = await context.run([...install, "--task-links"]);
  expect(code).toBe(2);
  expect(stderr).toContain("No open task of this project has a web address with its id");
  expect(stderr).toContain("sitrep source discover");
  expect(existsSync(context.settingsFile)).toBe(false);
});

test("settings with another form of the list are not written", async () => {
  const context = await withGitHub();
  write(userFile(context), '{"footerLinksRegexes": 1}');
  const { code, stderr } = await context.run([...install, "--task-links"]);
  expect([code, stderr]).toEqual([1, expect.stringContaining('"footerLinksRegexes" is not an')]);
  expect(readFileSync(userFile(context), "utf8")).toBe('{"footerLinksRegexes": 1}');
});
