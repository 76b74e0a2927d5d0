// `sitrep init`: what it writes for a team, what it does not, and what a teammate then has.

import { existsSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { prepareInstallation, type TestInstallation } from "../support/installation.ts";
import { hasScript, onTerminal } from "../support/on-terminal.ts";
import { temporaryFolder } from "../support/temporary.ts";

const fileOf = ({ project }: TestInstallation): string => join(project.folder, ".sitrep.json");
const textOf = (context: TestInstallation): string => readFileSync(fileOf(context), "utf8");

function configure(context: TestInstallation, ...sources: object[]): void {
  writeFileSync(join(context.sitrepHome, "config.json"), JSON.stringify({ sources }));
}

const team = {
  name: "team",
  type: "tickets",
  url: "https://tasks.acme.example",
  auth: { type: "bearer", secret: "${keychain:mine}" },
};
const linear = {
  name: "linear",
  type: "mcp",
  url: "https://mcp.linear.app/mcp",
  preset: "linear",
  auth: { type: "login" },
};
const backlog = {
  name: "backlog",
  type: "mcp",
  preset: "backlog.md",
  command: "backlog",
  args: ["mcp", "start"],
};

const schema = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../docs/settings.schema.json"), "utf8"),
) as object;

describe("by options", () => {
  test("writes the sources of one's settings, without what is one person's, as the schema has it", () => {
    const context = prepareInstallation();
    configure(context, team, linear, { ...backlog, projects: [context.project.folder] });
    const said = context.ok("init", "--yes");
    expect(said).toContain("Wrote .sitrep.json with 3 sources. Commit it.");
    expect(said).toContain("sitrep source secret team\n  sitrep login linear");
    const value = JSON.parse(textOf(context)) as { sources: object[] };
    expect(value.sources).toEqual([
      { ...team, auth: { type: "bearer", secret: "${env:TEAM_TOKEN}" } },
      linear,
      backlog,
    ]);
    expect(textOf(context)).not.toContain(context.home);
    expect(new Ajv2020({ strict: false }).compile(schema)(value)).toBe(true);
    // Written is not allowed, with whoever wrote it too.
    expect(context.ok("allow", "--dry-run")).toContain("linear contacts https://mcp.linear.app");
    expect(context.ok("source", "list", "--json")).not.toContain('"project"');
  });

  test("a teammate has its sources once they have allowed it, and nothing before", () => {
    const context = prepareInstallation();
    configure(context, linear);
    context.ok("init", "--yes");
    const second = prepareInstallation();
    second.project.write(".sitrep.json", textOf(context));
    expect(second.ok("source", "list")).not.toContain("linear");
    second.ok("allow", "--yes");
    expect(second.ok("source", "list")).toContain("linear");
  });

  test("--source names some, of the client's too, and JSON says what was written", () => {
    const context = prepareInstallation();
    configure(context, team, linear);
    const servers = {
      jira: {
        type: "http",
        url: "https://mcp.atlassian.com/v1/mcp",
        headers: { Authorization: "Bearer sesame" },
      },
    };
    writeFileSync(join(context.home, ".claude.json"), JSON.stringify({ mcpServers: servers }));
    const args = ["init", "--source", "linear", "--source", "jira", "--json"];
    const dry = context.ok(...args, "--dry-run");
    expect(JSON.parse(dry)).toMatchObject({ written: false, sources: [linear, { name: "jira" }] });
    expect(existsSync(fileOf(context))).toBe(false);
    expect(JSON.parse(context.ok(...args, "--yes"))).toMatchObject({ written: true });
    expect(textOf(context)).not.toContain("sesame");
    expect(JSON.parse(textOf(context))).toMatchObject({
      sources: [linear, { auth: { type: "bearer", secret: "${env:JIRA_TOKEN}" } }],
    });
  });

  test.each([
    [
      "an absolute program",
      { ...backlog, command: "/opt/backlog/bin/backlog" },
      "a path of this machine",
    ],
    [
      "a folder of its own",
      { ...backlog, args: ["mcp", "--dir=~/x", "~/x"] },
      "a path of this machine",
    ],
    [
      "a variable with a token",
      { ...backlog, env: { WHERE: "ghp_0123456789abcdefghijklmnopqrstuvwxyz" } },
      "a secret",
    ],
  ])("a source with %s is refused, and nothing is written", (_, source, why) => {
    const context = prepareInstallation();
    configure(context, source);
    const ran = context.sitrep("init", "--yes");
    expect([ran.code, ran.stderr]).toEqual([2, expect.stringContaining(why)]);
    expect(existsSync(fileOf(context))).toBe(false);
  });

  test("what is there is written over with --replace alone, and a link never", () => {
    const context = prepareInstallation();
    configure(context, linear);
    context.project.write(".sitrep.json", '{"sources":[]}');
    const ran = context.sitrep("init", "--yes");
    expect([ran.code, ran.stderr]).toEqual([2, expect.stringContaining("with 0 sources")]);
    expect(textOf(context)).toBe('{"sources":[]}');
    context.ok("init", "--yes", "--replace");
    expect(textOf(context)).toContain("linear");
    const linked = prepareInstallation();
    configure(linked, linear);
    symlinkSync(join(temporaryFolder(), "x.json"), fileOf(linked));
    expect(linked.sitrep("init", "--yes", "--replace").stderr).toContain("no regular file");
  });

  test("in a pipe without --yes, with no source and with an unknown one it says what to do", () => {
    const context = prepareInstallation();
    for (const [args, words] of [
      [["init"], "sitrep init --yes --source NAME"],
      [["init", "--yes"], "sitrep source add --help"],
      [["init", "--yes", "--source", "x"], 'no source "x"'],
    ] as const) {
      const ran = context.sitrep(...args);
      expect([ran.code === 0, ran.stdout, ran.stderr]).toEqual([
        false,
        "",
        expect.stringContaining(words),
      ]);
    }
    expect(existsSync(fileOf(context))).toBe(false);
  });
});

describe.runIf(hasScript)("on a terminal", () => {
  test("asks for each source, for others by their address, shows the file and asks", async () => {
    const context = prepareInstallation();
    configure(context, team);
    const { code, screen } = await onTerminal(context, "init", {
      acts: [
        ["Share team (https://tasks.acme.example)? [Y/n] ", "n\r"],
        ["The address of a task server (empty: none): ", "https://mcp.linear.app/mcp\r"],
        ["Its name (empty: linear): ", "\r"],
        ["or empty: not at all): ", "login\r"],
        ["Another address (empty: none): ", "ftp://x\r"],
        ["tickets): ", "tickets\r"],
        ["Its name (empty: team): ", "\r"],
        ["not at all): ", "\r"],
        ["Another address (empty: none): ", "\r"],
        ["Write this to .sitrep.json? [Y/n] ", "\r"],
      ],
    });
    expect(code).toBe(0);
    expect(screen).toContain("This is no source: ");
    expect(screen).toContain('      "name": "linear",');
    expect(screen).toContain("Wrote .sitrep.json with 1 source. Commit it.");
    expect(JSON.parse(textOf(context))).toEqual({ sources: [linear] });
  });

  test("asks before it writes a file anew, and offers what that had", async () => {
    const context = prepareInstallation();
    context.project.write(".sitrep.json", JSON.stringify({ sources: [linear] }));
    const before = textOf(context);
    const left = await onTerminal(context, "init", { acts: [["Write it anew? [y/N] ", "\r"]] });
    expect(left.screen).toContain("with 1 source.");
    expect(left.screen).toContain("Nothing was changed.");
    expect(textOf(context)).toBe(before);
    const { code } = await onTerminal(context, "init", {
      acts: [
        ["Write it anew? [y/N] ", "y\r"],
        ["Share linear (https://mcp.linear.app/mcp)? [Y/n] ", "\r"],
        ["Another address (empty: none): ", "\r"],
        ["[Y/n] ", "y\r"],
      ],
    });
    expect(code).toBe(0);
    expect(JSON.parse(textOf(context))).toEqual({ sources: [linear] });
  });
});
