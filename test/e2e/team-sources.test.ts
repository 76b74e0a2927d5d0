// `sitrep source add --team`: what it writes for a team, what it refuses, and what a teammate then has.

import { existsSync, readFileSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, test } from "vitest";
import { aNewTask } from "../support/builders.ts";
import { prepareInstallation, type TestInstallation } from "../support/installation.ts";
import { prepareSources } from "../support/source-commands.ts";
import { startTaskServer } from "../support/task-server.ts";
import { temporaryFolder } from "../support/temporary.ts";

const fileOf = ({ project }: TestInstallation): string => join(project.folder, ".sitrep.json");
const textOf = (context: TestInstallation): string => readFileSync(fileOf(context), "utf8");
const sourcesOf = (context: TestInstallation): unknown[] =>
  (JSON.parse(textOf(context)) as { sources: unknown[] }).sources;

const team = ["team", "--type", "tickets", "--url", "https://tasks.acme.example"];
const linear = ["linear", "--url", "https://mcp.linear.app/mcp", "--preset", "linear"];
const add = (...args: readonly string[]) => ["source", "add", "--team", "--no-test", ...args];

const schema = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../docs/settings.schema.json"), "utf8"),
) as object;

test("--team writes sources to .sitrep.json without personal settings, and allows nothing", () => {
  const context = prepareInstallation();
  const said = context.ok(...add(...team, "--token-keychain", "mine"));
  expect(said).toContain(`Added team to ${fileOf(context)}. Commit it.`);
  expect(said).toContain("  sitrep allow\n  sitrep source secret team\n");
  expect(context.ok(...add(...linear, "--first"))).toMatch(/ {2}sitrep allow\n$/);
  const backlog = ["backlog", "--preset", "backlog.md", "--env", "KEY=${keychain:mine}"];
  context.ok(...add(...backlog, "--only-here", "--", "backlog", "mcp", "start"));
  expect(sourcesOf(context)).toEqual([
    { name: "linear", type: "mcp", url: "https://mcp.linear.app/mcp", preset: "linear" },
    {
      name: "team",
      type: "tickets",
      url: "https://tasks.acme.example",
      auth: { type: "bearer", secret: "${env:TEAM_TOKEN}" },
    },
    {
      name: "backlog",
      type: "mcp",
      preset: "backlog.md",
      command: "backlog",
      args: ["mcp", "start"],
      env: { KEY: "${env:KEY}" },
    },
  ]);
  expect(textOf(context)).not.toContain(context.home);
  expect(new Ajv2020({ strict: false }).compile(schema)(JSON.parse(textOf(context)))).toBe(true);
  expect(readFileSync(join(context.sitrepHome, "config.json"), "utf8")).not.toContain("sources");
  expect(context.ok("allow", "--dry-run")).toContain("linear contacts https://mcp.linear.app");
  expect(context.ok("source", "list", "--json")).not.toContain('"project"');
});

test("a teammate has the team's sources after allowing the file, and nothing before", () => {
  const context = prepareInstallation();
  context.ok(...add(...linear));
  const second = prepareInstallation();
  second.project.write(".sitrep.json", textOf(context));
  expect(second.ok("source", "list")).not.toContain("linear");
  second.ok("allow", "--yes");
  expect(second.ok("source", "list")).toContain("linear");
});

test("a tested source is shared without its secret, and serves after it is allowed", async () => {
  const [context, server] = [prepareSources(), await startTaskServer()];
  await server.add("shop-api", [aNewTask({ id: "LIN-1", title: "Add OIDC login" })]);
  server.key = "sesame";
  const args = ["source", "add", "team", "--team", "--url", server.url, "--token-env", "KEY"];
  const env = { KEY: "sesame" };
  const refused = await context.run(args, { KEY: "wrong" });
  expect([refused.code, existsSync(fileOf(context))]).toEqual([1, false]);
  const secrets = join(context.state, "secrets");
  expect(readdirSync(secrets)).toEqual([]);
  const said = JSON.parse(await context.good([...args, "--json"], env)) as object;
  const source = { name: "team", preset: "4genthub", auth: { secret: "${env:KEY}" } };
  expect(said).toMatchObject({ added: true, source, test: { count: 1 } });
  expect(sourcesOf(context)).toMatchObject([source]);
  await context.good(["refresh"]);
  expect(await context.brief()).not.toContain("LIN-1");
  await context.good(["allow", "--yes"]);
  await context.good(["refresh"]);
  expect(await context.brief()).toContain("LIN-1");
});

const backlog = ["backlog", "--preset", "backlog.md"];

test.each([
  ["an absolute program", [...backlog, "--", "/opt/backlog/bin/backlog"], "a path on this machine"],
  ["a path among its arguments", [...backlog, "--", "backlog", "~/x"], "a path on this machine"],
  [
    "a token in a variable",
    [...backlog, "--env", `WHERE=ghp_${"0123456789abcdef".repeat(3)}`, "--", "backlog"],
    "looks like a secret",
  ],
])("--team refuses %s and writes nothing", (_, args, why) => {
  const context = prepareInstallation();
  const ran = context.sitrep("source", "add", "--team", ...args);
  expect([ran.code, ran.stderr]).toEqual([2, expect.stringContaining(why)]);
  expect(existsSync(fileOf(context))).toBe(false);
});

test("--team does not touch a .sitrep.json that is not understood, is a symlink or has the source's name", () => {
  const context = prepareInstallation();
  context.ok(...add(...linear));
  const before = textOf(context);
  expect(context.sitrep(...add(...linear)).stderr).toContain('"linear" is used twice');
  expect(textOf(context)).toBe(before);
  for (const text of ['{"sources":{}}', '{"color":"red"}', "{"]) {
    context.project.write(".sitrep.json", text);
    expect(context.sitrep(...add(...team)).code).toBe(1);
    expect(textOf(context)).toBe(text);
  }
  const linked = prepareInstallation();
  symlinkSync(join(temporaryFolder(), "x.json"), fileOf(linked));
  expect(linked.sitrep(...add(...linear)).stderr).toContain("is not a regular file");
});
