// Tasks that a project has and no source shows: what `try`, `install`, bare `sitrep` and `source discover` say of them.

import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { actAsGithub } from "../support/as-github.ts";
import {
  prepareInstallation,
  sessionStartInput,
  type TestInstallation,
} from "../support/installation.ts";
import { fakeBd, openIssues } from "../support/fake-bd.ts";
import { hasScript, onTerminal } from "../support/on-terminal.ts";
import { startTracker, token } from "../support/trackers.ts";

const list = "# To do\n\n- [ ] Rotate the signing keys\n- [ ] Write the docs\n- [x] Begin\n";

function withList(): TestInstallation {
  const context = prepareInstallation();
  context.project.commit("TODO.md", list, "Plan");
  return context;
}

const contents = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" }).toSorted();

/** The person's home and the project after a run, which must be as before. */
async function unchanged<T>(context: TestInstallation, run: () => T | Promise<T>): Promise<T> {
  const before = contents(context.home);
  const result = await run();
  expect(contents(context.home)).toEqual(before);
  expect(context.project.git("status", "--porcelain", "--ignored")).toBe("");
  return result;
}

describe("sitrep try", () => {
  test("shows the open tasks of the project's lists, names the rest, asks nothing in a pipe and writes nothing", async () => {
    const context = withList();
    const server = { backlog: { command: "backlog", args: ["mcp", "start"] } };
    writeFileSync(join(context.home, ".claude.json"), JSON.stringify({ mcpServers: server }));
    context.project.git("remote", "add", "origin", "git@github.com:acme/shop-api.git");
    const { code, stdout, stderr } = await unchanged(context, () => context.sitrep("try"));
    expect(code).toBe(0);
    expect(stdout).toContain('"Rotate the signing keys"');
    expect(stdout).toContain('"Write the docs"');
    expect(stdout).not.toContain("Begin");
    expect(stderr).toContain("Nothing was changed.\nThis project has 2 open tasks in TODO.md.\n");
    expect(stderr).toContain(
      "GitHub issues of acme/shop-api. Adding this asks api.github.com, without a token, which shows only what is public.\n" +
        "    npx sitrep source add github --api github --only-here\n" +
        "tasks of the MCP server backlog (backlog mcp start). Adding this starts it.\n" +
        "    npx sitrep source add backlog --preset backlog.md -- backlog mcp start\n",
    );
    expect(stderr).toContain("To get this in every session: npx sitrep install");
  });

  test("prints the same as JSON", async () => {
    const context = withList();
    const { stdout, stderr } = await unchanged(context, () => context.sitrep("try", "--json"));
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toMatchObject({
      text: expect.stringContaining("Write the docs") as string,
      places: [
        {
          kind: "file",
          what: "TODO.md",
          open: 2,
          error: null,
          add: "sitrep source add todo --file todo.md:TODO.md",
          shown: true,
        },
      ],
    });
  });

  test.each([
    ["all boxes done", "- [x] Begin\n", "no open tasks in TODO.md\n"],
    ["prose", "Nothing here is a list.\n", "TODO.md has no tasks: no line is a list item."],
    ["a file that is too large", "- [ ] a\n".repeat(40_000), "TODO.md is larger than"],
  ])("does not show %s as tasks, and says so", async (_what, text, words) => {
    const context = prepareInstallation();
    context.project.commit("TODO.md", text, "Plan");
    const { stdout, stderr } = await unchanged(context, () => context.sitrep("try"));
    expect(stdout).not.toContain("Next:");
    expect(stderr).toContain(words);
  });

  test("shows the list of the working tree that it runs in, also from a folder below", async () => {
    const context = withList();
    const tree = join(context.home, "other");
    context.project.git("worktree", "add", "-q", "-b", "other", tree);
    writeFileSync(join(tree, "TODO.md"), "- [ ] Only on this branch\n");
    mkdirSync(join(tree, "src"));
    const { stdout, stderr } = context.sitrep("try", "--project", join(tree, "src"));
    expect(stdout).toContain('"Only on this branch"');
    expect(stdout).not.toContain("Write the docs");
    expect(stderr).toContain("This project has 1 open task in TODO.md.");
  });

  test("shows the list in a repository without commits, and in a folder without git", () => {
    const context = withList();
    rmSync(join(context.project.folder, ".git"), { recursive: true });
    expect(context.sitrep("try").stdout).toContain('"Write the docs"');
    context.project.git("init", "-q");
    expect(context.sitrep("try").stdout).toContain('"Write the docs"');
  });

  test("shows what sessions get if a source is set up, and names the list that is not a source", async () => {
    const context = withList();
    context.project.commit("tasks/todo.md", "- [ ] Step\n", "Step");
    context.ok("source", "add", "todo", "--file", "TODO.md");
    const { stdout, stderr } = context.sitrep("try");
    expect(stdout).toContain('"Write the docs"');
    expect(stdout).not.toContain("Step");
    expect(stderr).not.toContain("This project has");
    expect(stderr).toContain("Not shown yet:\n1 open task in tasks/todo.md\n");
    expect(stderr).not.toContain("TODO.md");
  });

  test.runIf(hasScript)(
    "shows a tracker's issues after one key on a terminal, and installs with them after another",
    async () => {
      const context = withList();
      const fake = await startTracker("github", 2);
      const calls = await actAsGithub(context, fake);
      const asks = "with the token that gh keeps for github.com. [Y/n] ";
      const { code, screen } = await onTerminal(context, "try", {
        acts: [
          ["This asks api.github.com, ", ""],
          [asks, () => expect([existsSync(calls), fake.asked.length]).toEqual([false, 0])],
          ["", "\r"],
          ["[Y/n/d] ", "\r"],
        ],
      });
      expect(code).toBe(0);
      const [before = "", after = ""] = screen.split(asks);
      expect(before).toContain("Write the docs");
      expect(before).not.toContain("Title 1");
      expect(after).toContain('"Title 1"');
      expect(readFileSync(calls, "utf8")).toContain("auth token --hostname github.com");
      expect(context.ok("source", "list")).toMatch(/todo[^]*github/);
      expect(context.ok("brief")).toContain("Title 1");
      expect(screen).not.toContain(token);
      // A person who has been asked is not told.
      const { systemMessage } = JSON.parse(
        (
          await context.hook(context.commands().sessionStart, {
            session_id: "s1",
            source: "startup",
            cwd: context.project.folder,
          })
        ).stdout,
      ) as { systemMessage?: string };
      expect(systemMessage).toBeUndefined();
    },
  );

  test.runIf(hasScript)(
    "changes nothing and reads no token after two noes on a terminal",
    async () => {
      const context = withList();
      const fake = await startTracker("github", 2);
      const calls = await actAsGithub(context, fake);
      const { screen } = await unchanged(context, () =>
        onTerminal(context, "try", {
          acts: [
            ["[Y/n] ", "n\r"],
            ["[Y/n/d] ", "n\r"],
          ],
        }),
      );
      expect(screen).toContain("Nothing was changed.");
      expect([existsSync(calls), fake.asked.length]).toEqual([false, 0]);
    },
  );

  test.runIf(hasScript)("says why a tracker's issues cannot be shown, and continues", async () => {
    const context = withList();
    const fake = await startTracker("github", 2);
    await actAsGithub(context, fake);
    fake.fault = () => ({ status: 404, body: { message: "Not Found" } });
    const { screen } = await onTerminal(context, "try", {
      acts: [
        ["[Y/n] ", "\r"],
        ["[Y/n/d] ", "n\r"],
      ],
    });
    expect(screen).toMatch(/GitHub issues of o\/r cannot be shown: .*Check the repository/);
  });
});

describe("the beads program", () => {
  const asks = /Show beads issues in \.beads\? This runs \S*\/bd at each refresh\. \[Y\/n\] /;

  function withBeads() {
    const context = prepareInstallation();
    context.project.commit(".beads/metadata.json", "{}", "Track issues");
    const bd = fakeBd();
    context.env["PATH"] = `${bd.folder}:${context.env["PATH"] ?? ""}`;
    return { context, bd };
  }

  test("is offered if it is installed, and not run without a yes", async () => {
    const { context, bd } = withBeads();
    const { stderr } = await unchanged(context, () => context.sitrep("try"));
    expect(stderr).toContain(
      `beads issues in .beads. Adding this runs ${bd.program} at each refresh.\n` +
        `    npx sitrep source add beads --file beads:.beads -- ${bd.program}\n`,
    );
    context.ok("source", "discover");
    context.ok("install", "--yes");
    context.ok("refresh");
    expect(bd.calls()).toEqual([]);
  });

  test("is not offered if it is in the repository's own folders", () => {
    const { context, bd } = withBeads();
    const { folder } = context.project;
    context.env["PATH"] =
      `${folder}/bin:${context.env["PATH"]?.replace(`${bd.folder}:`, "") ?? ""}`;
    mkdirSync(join(folder, "bin"));
    writeFileSync(join(folder, "bin/bd"), "#!/bin/sh\necho '[]'\n", { mode: 0o755 });
    expect(context.ok("source", "discover")).toContain(".beads has no issues.jsonl");
    const { code, stderr } = context.sitrep(
      "source",
      "add",
      "beads",
      "--file",
      "beads",
      "--",
      "bd",
    );
    expect(code).toBe(2);
    expect(stderr).toContain("bd is not on the PATH, outside this repository.");
  });

  test("runs at each refresh after a person added it, also in a linked worktree", () => {
    const { context, bd } = withBeads();
    const said = context.ok("source", "add", "beads", "--file", "beads", "--", "bd");
    expect(said).toContain(`Each refresh runs ${bd.program}.`);
    expect(context.ok("brief")).toContain("Pattern-collapse pass");
    expect(context.ok("task", "show", "bd-main-k2")).toContain("bd close bd-main-k2");
    bd.print([{ ...openIssues[0], title: "Another title" }]);
    context.ok("refresh");
    const tree = join(context.home, "other");
    context.project.git("worktree", "add", "-q", "-b", "other", tree);
    const before = bd.calls().length;
    context.ok("refresh", "--project", tree);
    expect(
      bd
        .calls()
        .slice(before)
        .filter((one) => !one.includes("--id")),
    ).toHaveLength(1);
    expect(context.ok("brief", "--project", tree)).toContain("Another title");
    bd.behave("exit 1");
    context.sitrep("refresh");
    expect(context.ok("brief")).toContain("Another title");
  });

  test.runIf(hasScript)("shows its issues after one key on a terminal", async () => {
    const { context, bd } = withBeads();
    const { screen } = await unchanged(context, () =>
      onTerminal(context, "try", {
        acts: [
          ["at each refresh. [Y/n] ", () => expect(bd.calls()).toEqual([])],
          ["", "\r"],
          ["[Y/n/d] ", "n\r"],
        ],
      }),
    );
    expect(screen).toMatch(asks);
    expect(screen.split(asks)[1]).toContain("Pattern-collapse pass");
  });
});

describe("source discover, and sitrep alone,", () => {
  test("list each place that no source shows, with a command that adds it", () => {
    const context = withList();
    context.project.commit("tasks/todo.md", "# Plan\n- [ ] Step\n", "Step");
    const found = context.ok("source", "discover");
    expect(found).toContain(
      "1 open task in tasks/todo.md\n    sitrep source add tasks-todo --file tasks-todo:tasks/todo.md\n" +
        "2 open tasks in TODO.md\n    sitrep source add todo --file todo.md:TODO.md\n",
    );
    expect(context.ok()).toContain("\nNo source is known to have open tasks.\n");
    expect(context.ok()).toContain(
      "Not shown  1 open task in tasks/todo.md: sitrep source add tasks-todo --file tasks-todo:tasks/todo.md\n" +
        "           2 open tasks in TODO.md: sitrep source add todo --file todo.md:TODO.md\n",
    );
    context.ok("source", "add", "todo", "--file", "todo.md:TODO.md");
    expect(context.ok("source", "discover")).not.toContain("TODO.md");
    expect(context.ok()).not.toContain("Not shown");
  });

  test("offer a name that no source of another project has", () => {
    const context = withList();
    const config = join(context.sitrepHome, "config.json");
    const source = { name: "todo", type: "file", kind: "todo.md", path: "TODO.md" };
    writeFileSync(config, JSON.stringify({ sources: [{ ...source, projects: ["/elsewhere"] }] }));
    expect(context.ok("source", "discover")).toContain(
      "sitrep source add todo-shop-api --file todo.md:TODO.md",
    );
    context.ok("source", "add", "todo-shop-api", "--file", "todo.md:TODO.md");
  });

  test("name upstream's issues in a fork, and nothing of an unknown host", () => {
    const context = prepareInstallation();
    const { git } = context.project;
    git("remote", "add", "origin", "git@github.com:me/shop.git");
    git("remote", "add", "upstream", "https://github.com/acme/shop.git");
    git("remote", "add", "deploy", "https://git.acme.example/acme/shop.git");
    git("remote", "add", "mirror", "https://gitlab.acme.example/acme/shop.git");
    const found = context.ok("source", "discover");
    expect(found).toContain("GitHub issues of acme/shop.");
    expect(found).toContain("GitLab issues of acme/shop at gitlab.acme.example.");
    expect(found).not.toContain("me/shop.git");
    expect(found).not.toContain("git.acme.example");
  });
});

describe("the first session of a project with tasks in no source", () => {
  const line = "Sitrep: 2 open tasks in TODO.md are not shown yet. To add them: sitrep install";

  test("shows the notice to the person once, and never to Claude", async () => {
    const context = withList();
    context.ok("install", "--yes");
    const start = async (id: string, env?: Record<string, string>) => {
      const input = sessionStartInput(context, { session_id: id });
      const { stdout } = await context.hook(context.commands().sessionStart, input, env);
      return JSON.parse(stdout) as { systemMessage?: string };
    };
    // `claude -p` shows no message.
    const printing = { CLAUDE_CODE_ENTRYPOINT: "sdk-cli" };
    expect((await start("s0", printing)).systemMessage).toBeUndefined();
    const first = await start("s1");
    expect(first).toMatchObject({
      systemMessage: line,
      hookSpecificOutput: { hookEventName: "SessionStart" },
    });
    expect(JSON.stringify(first).split("TODO.md")).toHaveLength(2);
    expect((await start("s2")).systemMessage).toBeUndefined();
    context.ok("refresh");
    expect((await start("s3")).systemMessage).toBeUndefined();
  });

  test("shows the notice for a list that is added later", async () => {
    const context = prepareInstallation();
    context.ok("install", "--yes");
    const start = async (id: string): Promise<string> => {
      const input = sessionStartInput(context, { session_id: id });
      return (await context.hook(context.commands().sessionStart, input)).stdout;
    };
    expect(await start("s1")).not.toContain("systemMessage");
    context.project.write("TODO.md", list);
    context.ok("refresh");
    expect(await start("s2")).toContain(line);
  });
});

describe("sitrep install", () => {
  test("adds no source with --yes, and says in one line what was found", () => {
    const context = withList();
    const { stdout, stderr } = context.sitrep("install", "--yes", "--no-monitor");
    expect(stdout).toContain("The hooks are in ");
    expect(stderr).toBe(
      "2 open tasks in TODO.md are not shown yet. To add them: sitrep source add todo --file todo.md:TODO.md\n",
    );
    expect(context.ok("source", "list")).not.toContain("todo");
  });

  test.runIf(hasScript)(
    "adds a list for this project after an empty line on a terminal",
    async () => {
      const context = withList();
      const { code } = await onTerminal(context, "install --no-monitor", {
        acts: [
          ["Show 2 open tasks in TODO.md? [Y/n] ", "\r"],
          ["[Y/n/d] ", "\r"],
        ],
      });
      expect(code).toBe(0);
      const { sources } = JSON.parse(
        readFileSync(join(context.sitrepHome, "config.json"), "utf8"),
      ) as { sources: unknown };
      expect(sources).toEqual([
        {
          name: "todo",
          type: "file",
          kind: "todo.md",
          path: "TODO.md",
          projects: [context.project.folder],
        },
      ]);
      expect(context.ok("brief")).toContain('"Write the docs"');
    },
  );

  test("names a list that cannot be read, and does not offer it", () => {
    const context = withList();
    const file = join(context.project.folder, "TODO.md");
    chmodSync(file, 0o000);
    if (process.getuid?.() === 0) {
      rmSync(file);
      mkdirSync(file);
    }
    expect(context.sitrep("install", "--yes", "--no-monitor").stderr).toBe("");
    expect(context.ok("source", "discover")).toMatch(/^TODO\.md (?:cannot|is not)/);
  });
});
