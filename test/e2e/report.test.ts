import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { prepareInstallation, sessionStartInput } from "../support/installation.ts";
import { install } from "../support/installed.ts";
import type { Report } from "../../src/core/report/report.ts";

const modeOf = (file: string): number => statSync(file).mode & 0o777;

test("sitrep report writes one file that only its owner can read, to the same path each time, and prints the path", () => {
  const { ok, state } = prepareInstallation();
  ok("task", "add", "Fix Array<string> & more");
  const file = ok("report").trim();
  expect(file).toMatch(new RegExp(`^${state}/reports/shop-api-[0-9a-f]{8}\\.html$`));
  expect([modeOf(file), modeOf(join(state, "reports"))]).toEqual([0o600, 0o700]);
  const text = readFileSync(file, "utf8");
  expect(text).toContain("Fix Array&lt;string&gt; &amp; more");
  expect(text).not.toMatch(/(?:src|href)="(?!#)/);
  chmodSync(file, 0o644);
  ok("task", "done", "1");
  expect(ok("report").trim()).toBe(file);
  expect(modeOf(file)).toBe(0o600);
  expect(readFileSync(file, "utf8")).not.toContain("Fix Array");
});

test("sitrep report --json has what sessions were given, how long that took, and how often sources were read", async () => {
  const installation = await install({ monitor: false });
  const { ok, commands, hook, project } = installation;
  ok("task", "add", "Add OIDC login", "--assignee", "ana");
  ok("task", "start", "1");
  const other = join(installation.home, "other\nworktree");
  project.git("worktree", "add", "-q", "-b", "feature/TASK-001-oidc", other);
  // Before the hook, which starts the monitor.
  const { problems } = JSON.parse(ok("report", "--json")) as Report;
  expect(problems.map(({ about }) => about)).toContain("Monitor");
  await hook(commands().sessionStart, sessionStartInput(installation));
  const report = JSON.parse(ok("report", "--json")) as Report;
  expect(report).toMatchObject({
    project: "shop-api",
    folder: project.folder,
    first: [{ id: "TASK-001", section: "Now" }],
    sources: [{ source: "embedded", open: 1, tasks: [{ title: "Add OIDC login" }] }],
    sessions: [{ id: "session-1", texts: [{ event: "SessionStart", cause: "startup" }] }],
  });
  const branches = report.branches.map(({ name, tasks, worktree }) => [name, tasks, worktree]);
  expect(branches.toSorted()).toEqual([
    ["feature/TASK-001-oidc", ["TASK-001"], other],
    ["main", [], project.folder],
  ]);
  expect(report.brief?.text).toContain("Add OIDC login");
  // The two are read seconds apart, perhaps in two minutes.
  const same = (text = "") =>
    text
      .replace(/^(Sitrep \w+ \d+ \w+) \d\d:\d\d\./, "$1")
      .replaceAll(/ read \d+ s ago/g, "")
      .replaceAll(/\d+ s ago/g, "now");
  expect(same(report.brief?.text)).toBe(same(ok("brief").trimEnd()));
  const today = report.days.at(-1);
  expect(today?.hooks).toMatchObject({ count: 1 });
  expect(today?.hooks?.p50).toBeGreaterThan(1);
  expect(today?.hooks?.p50).toBeLessThan(5000);
  expect(today?.refreshes[0]).toMatchObject({ source: "embedded", failed: 0 });
  expect(today?.tokens).toBe(report.sessions[0]?.texts[0]?.tokens);
});

test("sitrep report writes to another file or to stdout, and refuses a file that is not a report", () => {
  const { ok, sitrep, home, project } = prepareInstallation();
  const other = join(home, "report.html");
  expect(ok("report", "--output", other)).toBe(`${other}\n`);
  expect(modeOf(other)).toBe(0o600);
  const shown = ok("report", "-o", "-");
  expect(shown).toMatch(/^<!doctype html>[^]*<\/html>\n$/);
  // The digest in the policy is of the style as it was printed.
  expect(shown.match(/<style>[^]*<\/style>/)?.[0]).toBe(
    readFileSync(other, "utf8").match(/<style>[^]*<\/style>/)?.[0],
  );
  const refused = (...args: string[]): string => {
    const { code, stdout, stderr } = sitrep("report", ...args);
    expect([code, stdout]).toEqual([2, ""]);
    return stderr;
  };
  expect(refused("-o", "/dev/null")).toContain("--output must be a file, not /dev/null.");
  expect(refused("-o", project.folder)).toContain("--output must be a file");
  expect(refused("-o", "no/such/x.html")).toContain(
    `There is no folder ${project.folder}/no/such.`,
  );
  expect(refused("-o", "-", "--open")).toContain("--open needs a file");
  expect(refused("--json", "--open")).toContain("--json prints the data");
});

test("sitrep report --open opens the file in the browser, which gets no secret of the environment", async () => {
  const { ok, home, env } = prepareInstallation();
  const opened = join(home, "opened");
  writeFileSync(
    join(home, "xdg-open"),
    `#!/bin/sh\nenv >'${home}/given'\nprintf %s "$1" >'${opened}'\n`,
  );
  chmodSync(join(home, "xdg-open"), 0o755);
  writeFileSync(
    join(home, "sitrep/config.json"),
    JSON.stringify({
      sources: [
        {
          name: "team",
          type: "tickets",
          url: "http://127.0.0.1:9",
          auth: { type: "bearer", secret: "${env:TEAM}" },
        },
      ],
    }),
  );
  Object.assign(env, { PATH: `${home}:${env["PATH"]}`, TEAM: "canary-5f2c" });
  const file = ok("report", "--open").trim();
  await expect
    .poll(() => (existsSync(opened) ? readFileSync(opened, "utf8") : ""))
    .toBe(pathToFileURL(file).href);
  expect(readFileSync(join(home, "given"), "utf8")).not.toContain("canary");
});

test("sitrep report explains an empty page in a folder without data, also without a cache", () => {
  const { ok } = prepareInstallation();
  const report = JSON.parse(ok("report", "--json")) as Report;
  expect(report.problems.map(({ about }) => about)).toEqual(["Setup", "Monitor"]);
  expect(readFileSync(ok("report").trim(), "utf8")).toContain("No open tasks are known here.");
});
