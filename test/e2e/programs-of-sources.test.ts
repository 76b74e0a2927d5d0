// A source's command is the person's, not the folder's: a source for all projects runs nothing that an unpacked folder has
// put where the command would be looked for. Each attack has a control beside it: started plainly in that folder, as it was
// before, the same command line runs the folder's program.

import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { createCommandContext } from "../../src/config/context.ts";
import { sendMonitorRequest } from "../../src/monitor/monitor-control.ts";
import { prepareSources, type SourceContext } from "../support/source-commands.ts";
import { eventually } from "../support/waiting.ts";
import { oneIn } from "../support/cases.ts";

const mapping = { list: { tool: "list_tasks", tasks: "$" } };

function configure(context: SourceContext, source: Record<string, unknown>): void {
  const sources = [{ name: "board", type: "mcp", mapping, ...source }];
  const refresh = { heartbeatSeconds: 0.3 };
  writeFileSync(join(context.sitrepHome, "config.json"), JSON.stringify({ sources, refresh }));
}

/** A folder as it was unpacked: a program of each kind in it writes a file where it runs. */
function prepareHostile() {
  const context = prepareSources();
  const { folder } = context.project;
  const marker = join(context.home, "ran");
  const put = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
    chmodSync(join(folder, path), 0o755);
  };
  const script = `#!/bin/sh\necho "$0" >> '${marker}'\n`;
  for (const name of ["board", "node"]) {
    put(name, script);
    put(`bin/${name}`, script);
    put(`node_modules/.bin/${name}`, script);
  }
  put(
    "board.mjs",
    `import fs from "node:fs"; fs.appendFileSync(${JSON.stringify(marker)}, "mjs");`,
  );
  put("package.json", '{"name":"hostile","version":"1.0.0"}');
  const isMarked = (): boolean => {
    const was = existsSync(marker);
    rmSync(marker, { force: true });
    return was;
  };
  return { context, folder, isMarked };
}

interface Attack {
  what: string;
  command: string;
  args?: string[];
  /** Before the usual PATH. */
  path: (folder: string) => string;
}

const attacks: Attack[] = [
  {
    what: "a program in the folder, by an empty entry of the PATH",
    command: "board",
    path: () => "",
  },
  { what: "a program in the folder, by a dot in the PATH", command: "board", path: () => "." },
  {
    what: "a program below node_modules, by a relative entry",
    command: "board",
    path: () => "node_modules/.bin",
  },
  {
    what: "a program below node_modules, as npm run has the PATH",
    command: "board",
    path: (folder) => join(folder, "node_modules/.bin"),
  },
  {
    what: "a program in bin, as a tool's hook has the PATH",
    command: "board",
    path: (folder) => join(folder, "bin"),
  },
  {
    what: "its own node for a node of the person's",
    command: "/usr/bin/env",
    args: ["node", "-e", "0"],
    path: () => ".",
  },
  {
    what: "npx, which looks in the folder first",
    command: "npx",
    args: ["--no", "board"],
    path: () => "/none",
  },
  {
    what: "a file beside it",
    command: process.execPath,
    args: ["./board.mjs"],
    path: () => "/none",
  },
  { what: "a program beside it", command: "./board", path: () => "/none" },
];

test.each(oneIn(3, attacks))(
  "A11, B9: a source for all projects does not run $what from an unpacked folder",
  async (attack) => {
    const { context, folder, isMarked } = prepareHostile();
    const { command, args = [] } = attack;
    const PATH = `${attack.path(folder)}:${context.env["PATH"]}`;
    configure(context, { command, args });
    // The control: where it started before.
    spawnSync("/bin/sh", ["-c", 'exec "$@"', "sh", command, ...args], {
      cwd: folder,
      env: { ...context.env, PATH },
      timeout: 60_000,
    });
    expect(isMarked()).toBe(true);

    await context.run(["refresh"], { PATH });
    await context.run(["source", "test", "board"], { PATH });
    expect(isMarked()).toBe(false);

    await context.good(["start"], { PATH });
    const own = createCommandContext(context.env, folder);
    sendMonitorRequest(own, { kind: "refresh", project: folder });
    await eventually(() => {
      const log = readFileSync(join(context.state, "logs/monitor.log"), "utf8");
      expect(log).toContain('"source":"board"');
    });
    expect(isMarked()).toBe(false);
  },
);

test("A11, B9: a source for a project's name does not run a program from a folder of that name", async () => {
  const { context, isMarked } = prepareHostile();
  configure(context, { command: "./board", projects: ["shop-api"] });
  await context.run(["refresh"]);
  expect(isMarked()).toBe(false);
});

test("a source for this project's path starts in that folder", async () => {
  const { context, folder, isMarked } = prepareHostile();
  configure(context, { command: "./board", projects: [folder] });
  await context.run(["refresh"]);
  expect(isMarked()).toBe(true);
});

test("source add says where a program starts, and adds one that depends on the folder to this project only", async () => {
  const { context, folder } = prepareHostile();
  const added = (name: string, ...command: string[]) =>
    context.good(["source", "add", name, "--type", "manage-task", "--no-test", "--", ...command]);
  expect(await added("all", "/usr/bin/env", "node")).toContain(`It starts in ${context.state}`);
  expect(await added("beside", "node", "./board.mjs")).toContain(
    `It starts in ${folder}, for this project only.`,
  );
  expect(await added("backlog", "backlog", "mcp", "start")).toContain(
    `It starts in ${folder}, for this project only.`,
  );
  const config = JSON.parse(readFileSync(join(context.sitrepHome, "config.json"), "utf8")) as {
    sources: { name: string; projects?: string[] }[];
  };
  expect(config.sources.map(({ projects }) => projects)).toEqual([undefined, [folder], [folder]]);
});

test("doctor and status report a source for all projects that depends on its folder, with the command that helps", async () => {
  const { context } = prepareHostile();
  configure(context, {
    command: "npx",
    args: ["-y", "backlog.md", "mcp", "start"],
    preset: "backlog.md",
  });
  const doctor = await context.run(["doctor"]);
  expect(doctor.stdout).toContain("backlog.md keeps its tasks there");
  expect(doctor.stdout).toContain("sitrep source add board --only-here");
  const status = await context.good(["status"]);
  expect(status).toContain(
    "Not started: it is for all projects and depends on the folder it starts in",
  );
  expect(status).toContain("sitrep source add board --only-here");
  const failed = await context.run(["refresh"]);
  expect(failed.code).toBe(1);
});

const everything = {
  name: "team",
  type: "mcp",
  command: "npx",
  args: ["-y", "some-server"],
  cwd: "tools",
  env: { TEAM_TOKEN: "${env:TEAM_TOKEN}", REGION: "eu" },
  projects: ["shop-api"],
  mapping: { list: { tool: "delete_all", arguments: { path: "${project.path}" }, tasks: "$" } },
  with: { owner: "acme" },
};
const remote = {
  name: "far",
  type: "tickets",
  url: "https://tickets.example",
  auth: { type: "header", header: "X-Api-Key", secret: "${keychain:far}" },
};

test("A13, B10: allow shows everything that it would start, contact or pass on, and asks first", async () => {
  const { context, folder } = prepareHostile();
  writeFileSync(join(folder, ".sitrep.json"), JSON.stringify({ sources: [everything, remote] }));
  const asked = await context.run(["allow"]);
  expect(asked.code).toBe(2);
  expect(asked.stderr).toContain("Cannot ask for confirmation here. Nothing was allowed.");
  expect(asked.stderr).toContain("sitrep allow --yes");
  for (const words of [
    "starts npx -y some-server",
    `cwd: "${join(folder, "tools")}"`,
    'env: {"TEAM_TOKEN":"${env:TEAM_TOKEN}","REGION":"eu"}',
    'projects: ["shop-api"]',
    '"tool":"delete_all"',
    'with: {"owner":"acme"}',
    "contacts https://tickets.example",
    '"header":"X-Api-Key"',
  ]) {
    expect(asked.stdout).toContain(words);
  }
  expect(await context.good(["source", "list"])).not.toContain("team");
  expect(await context.run(["allow", "--json"])).toMatchObject({ code: 2 });
  expect(await context.good(["source", "list"])).not.toContain("team");
  await context.good(["allow", "--yes"]);
  expect(await context.good(["source", "list"])).toContain("team");
});
