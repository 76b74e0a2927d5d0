// Every question of the command, on a real terminal: Ctrl-C, Ctrl-D and a signal end it with 130 and one sentence, the terminal is as
// it was, and so is everything on disk. And an install that is stopped in its middle says what it has done.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, test } from "vitest";
import { prepareInstallation, type TestInstallation } from "../support/installation.ts";
import { install } from "../support/installed.ts";
import { startMisbehavingServer } from "../support/misbehaving-server.ts";
import { leftBy } from "../support/left-list.ts";
import { hasScript, onTerminal, type CallManageTask } from "../support/on-terminal.ts";
import { prepareSources } from "../support/source-commands.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { firstOf } from "../support/cases.ts";

type Asked = Parameters<typeof onTerminal>[0] & { home: string };

interface Prompt {
  /** The file that asks. */
  asks: string;
  prepare: () => Asked | Promise<Asked>;
  command: string;
  /** What is answered before. */
  before?: readonly CallManageTask[];
  /** The end of the question. */
  question: string;
}

function withLists(): TestInstallation {
  const context = prepareInstallation();
  context.project.write("TODO.md", "- [ ] Rotate keys\n");
  const servers = { backlog: { command: "backlog", args: ["mcp", "start"] } };
  writeFileSync(join(context.home, ".claude.json"), JSON.stringify({ mcpServers: servers }));
  return context;
}

function withRemote(): TestInstallation {
  const context = withLists();
  context.project.git("remote", "add", "origin", "git@github.com:acme/shop-api.git");
  return context;
}

function linkedOut(): TestInstallation {
  const context = prepareInstallation();
  symlinkSync(temporaryFolder(), join(context.project.folder, ".claude"));
  return context;
}

function withTaskFile(): TestInstallation {
  const context = prepareInstallation();
  context.ok("task", "list");
  context.project.write("TODO.md", "- [ ] Rotate keys\n");
  context.ok("source", "add", "todo", "--file", "todo.md:TODO.md");
  return context;
}

function withWrites(): Asked {
  const context = prepareSources();
  const preset = { preset: "github", with: { repository: "o/r" } };
  context.configure({ name: "issues", type: "json", url: "http://127.0.0.1:9", ...preset });
  context.allowWrites("issues");
  return context;
}

function withProjectFile(): TestInstallation {
  const context = prepareInstallation();
  const source = { name: "far", type: "tickets", url: "https://tickets.example" };
  context.project.write(".sitrep.json", JSON.stringify({ sources: [source] }));
  return context;
}

function withSecret(): TestInstallation {
  const context = prepareInstallation();
  const add = ["source", "add", "team", "--type", "tickets", "--url", "https://tasks.example"];
  context.ok(...add, "--token-keychain", "terminal-test", "--no-test");
  return context;
}

const prompts: Readonly<Record<string, Prompt>> = {
  "to write": {
    asks: "install/install.ts",
    prepare: prepareInstallation,
    command: "install",
    question: "Continue? [Y/n/d] ",
  },
  "to write, after the diff": {
    asks: "install/install.ts",
    prepare: prepareInstallation,
    command: "install",
    before: [["[Y/n/d] ", "d\r"]],
    question: "[Y/n/d] ",
  },
  "to write through a link": {
    asks: "install/install.ts",
    prepare: linkedOut,
    command: "install",
    question: "Write to it anyway? [y/N] ",
  },
  "to show the tasks of a list": {
    asks: "install/offers.ts",
    prepare: withLists,
    command: "install",
    question: "Show 1 open task in TODO.md? [Y/n] ",
  },
  "to show the tasks of a server": {
    asks: "install/offers.ts",
    prepare: withLists,
    command: "install",
    before: [["[Y/n] ", "\r"]],
    question: "This starts it. [y/N] ",
  },
  "to write, after other responses": {
    asks: "install/install.ts",
    prepare: withLists,
    command: "install",
    before: [
      ["[Y/n] ", "\r"],
      ["[y/N] ", "y\r"],
    ],
    question: "[Y/n/d] ",
  },
  "to show the issues of a tracker": {
    asks: "install/try.ts",
    prepare: withRemote,
    command: "try",
    question: "only what is public. [Y/n] ",
  },
  "to take out": {
    asks: "install/uninstall.ts",
    prepare: () => install({ monitor: false }),
    command: "uninstall",
    question: "[y/N] ",
  },
  "to purge": {
    asks: "install/uninstall.ts",
    prepare: () => install({ monitor: false }),
    command: "uninstall --purge",
    question: "It cannot be undone. [y/N] ",
  },
  "to allow": {
    asks: "trust.ts",
    prepare: withProjectFile,
    command: "allow",
    question: "Allow all of this? [y/N] ",
  },
  "for a secret": {
    asks: "source/secret.ts",
    prepare: withSecret,
    command: "source secret team",
    question: "(input is hidden): ",
  },
  "to keep a session's tasks": {
    asks: "task/keep.ts",
    prepare: () => {
      const context = prepareInstallation();
      context.ok("task", "add", "Rotate keys");
      leftBy(context, "s1", [{ subject: "Fix login" }]);
      return context;
    },
    command: "task keep",
    question: "to the embedded store? [y/N] ",
  },
  "to add beside a file": {
    asks: "task/write.ts",
    prepare: withTaskFile,
    command: "task add Ship",
    question: "into Sitrep's own list? [y/N] ",
  },
  "to write to a source": {
    asks: "source/allow-writes.ts",
    prepare: withTaskFile,
    command: "source allow-writes todo",
    question: "Allow it? [y/N] ",
  },
  "to move tasks by commits": {
    asks: "source/automate.ts",
    prepare: withWrites,
    command: "source automate issues",
    question: "Switch it on? [y/N] ",
  },
  "for an organization": {
    asks: "serve/serve.ts",
    prepare: () => {
      const context = prepareInstallation();
      context.ok("serve", "key", "add", "first", "--organization", "acme");
      context.ok("serve", "key", "add", "second", "--organization", "other");
      return context;
    },
    command: "serve key add ci",
    question: "acme, other): ",
  },
};

const cli = join(import.meta.dirname, "../../src/cli");

test("every file of the commands that asks a question is covered by this test", () => {
  const asking = readdirSync(cli, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && name !== "terminal/terminal.ts")
    .filter((name) =>
      /\b(?:ask|confirm|readUnseen|readResponse)\(/.test(readFileSync(join(cli, name), "utf8")),
    );
  const here = new Set(Object.values(prompts).map(({ asks }) => asks));
  // It has a function of that name, which asks a server.
  expect(asking.filter((name) => name !== "source/ask-server.ts").toSorted()).toEqual(
    [...here].toSorted(),
  );
});

/** Everything below the home, but for what SQLite writes beside a database that is read. */
const contents = ({ home }: Asked): string[] =>
  readdirSync(home, { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile() && !/-(?:shm|wal)$/.test(one.name))
    .map((one) => join(one.parentPath, one.name))
    .toSorted()
    .map((file) => {
      const hash = createHash("sha256").update(readFileSync(file)).digest("hex");
      return `${relative(home, file)} ${hash}`;
    });

const ways = {
  "Ctrl-C": "\u0003",
  "Ctrl-D": "\u0004",
  SIGTERM: { signal: "SIGTERM" },
  SIGINT: { signal: "SIGINT" },
} as const;

describe.runIf(hasScript).each(Object.entries(prompts))("the question %s", (name, prompt) => {
  test.each(firstOf(Object.entries(ways), name === "to write" ? 4 : 1))(
    "changes nothing if it is left by %s",
    async (_way, typed) => {
      const context = await prompt.prepare();
      const before = contents(context);
      const { code, screen, isRestored } = await onTerminal(context, prompt.command, {
        acts: [...(prompt.before ?? []), [prompt.question, typed]],
      });
      expect(
        screen.slice(screen.lastIndexOf(prompt.question)).trimEnd().split("\n").slice(1),
      ).toEqual(["Nothing was changed."]);
      expect([code, isRestored]).toEqual([130, true]);
      expect(contents(context)).toEqual(before);
    },
  );
});

describe.runIf(hasScript)("an install on a terminal", () => {
  test("an install asks about each list and server, sums up the changes, and ends with three commands", async () => {
    const context = withLists();
    const { code, screen } = await onTerminal(context, "install --no-monitor", {
      columns: 120,
      acts: [
        ["[Y/n] ", "\r"],
        ["[y/N] ", "n\r"],
        ["[Y/n/d] ", "\r"],
      ],
    });
    expect(code).toBe(0);
    // Each letter once.
    expect(screen).toContain("Show 1 open task in TODO.md? [Y/n] ");
    expect(screen).toContain(
      "Show tasks of the MCP server backlog (backlog mcp start)? This starts it. [y/N] ",
    );
    expect(screen).toContain(
      "Adds 8 hooks to .claude/settings.local.json; d shows the diff. Continue?",
    );
    expect(screen).not.toContain('+  "hooks"');
    expect(screen).toContain("Added todo to ");
    const lines = screen
      .replaceAll(/\u001b\[[\d;]*[A-Za-z]/g, "")
      .trimEnd()
      .split("\n")
      .slice(-3);
    expect(lines).toEqual([
      "Open Claude here  claude",
      'Add a task        ~/sitrep/data/bin/sitrep task add "…"',
      "Undo              ~/sitrep/data/bin/sitrep uninstall --scope local --project ~/shop-api",
    ]);
    expect(context.ok("task", "list")).toContain("Rotate keys");
    const undo = lines.at(-1)?.replace("Undo", "") ?? "";
    expect(spawnSync("/bin/sh", ["-c", undo], { env: context.env, cwd: "/" }).status).toBe(0);
    expect(existsSync(context.settingsFile)).toBe(false);
  });

  test("an install for a team says what to commit, and what is not allowed yet", async () => {
    const context = withProjectFile();
    const { code, screen } = await onTerminal(context, "install --no-monitor --scope project", {
      acts: [["[Y/n/d] ", "\r"]],
    });
    expect(code).toBe(0);
    expect(screen).toContain(
      "Commit .claude/settings.json. It has no effect for teammates without Sitrep.",
    );
    expect(screen).toContain("does nothing until it is allowed: sitrep allow");
  });

  test("a second install does not ask about lists and servers again, unless the first could not ask", async () => {
    const context = withLists();
    context.ok("install", "--yes", "--no-monitor");
    const { screen: first } = await onTerminal(context, "install --no-monitor", {
      acts: [
        ["[Y/n] ", "n\r"],
        ["[y/N] ", "n\r"],
      ],
    });
    expect(first).toContain("already has the hook entries");
    const { code, screen } = await onTerminal(context, "install --no-monitor");
    expect(code).toBe(0);
    expect(screen).not.toMatch(/\[[yY]\/[nN]\]/);
    expect(screen).toContain("already has the hook entries");
  });

  test("a server without tasks is not added, and the hooks are installed all the same", async () => {
    const context = withLists();
    const { code, screen } = await onTerminal(context, "install --no-monitor", {
      acts: [
        ["[Y/n] ", "n\r"],
        ["[y/N] ", "y\r"],
        ["[Y/n/d] ", "y\r"],
      ],
    });
    expect(code).toBe(1);
    expect(screen).toMatch(/Not added: backlog|backlog was not added/);
    expect(screen).toContain("Undo  ");
    expect(context.ok("source", "list")).not.toContain("backlog mcp");
    expect(existsSync(context.settingsFile)).toBe(true);
  });

  test.each(["\u0003", { signal: "SIGTERM" } as const])(
    "an install that is stopped half-way (%j) says what it changed and how to undo it",
    async (typed) => {
      const silent = await startMisbehavingServer((request) => void request);
      const context = prepareInstallation();
      const before = contents(context).filter((line) => !line.startsWith("sitrep/"));
      const source = { name: "far", type: "tickets", url: silent.origin, retries: 0 };
      writeFileSync(join(context.sitrepHome, "config.json"), JSON.stringify({ sources: [source] }));
      const started = performance.now();
      const { code, screen, isRestored } = await onTerminal(context, "install --yes", {
        acts: [["reading the tasks …", typed]],
      });
      expect(performance.now() - started).toBeLessThan(8000);
      expect([code, isRestored]).toEqual([130, true]);
      expect(screen).toContain(
        `Stopped. Changed so far: ${context.settingsFile} (the hook entries)`,
      );
      expect(screen).not.toMatch(/ {4}at /);
      const undo = /To undo: (.*)/.exec(screen)?.[1] ?? "";
      const ran = spawnSync("/bin/sh", ["-c", undo], {
        env: context.env,
        cwd: "/",
        encoding: "utf8",
      });
      expect([ran.status, ran.stderr]).toEqual([0, ""]);
      expect(contents(context).filter((line) => !line.startsWith("sitrep/"))).toEqual(before);
    },
  );
});

test("an install in a pipe changes nothing and suggests --yes", () => {
  const context = prepareInstallation();
  const before = contents(context);
  for (const args of [["install"], ["install", "--json"]]) {
    const ran = context.sitrep(...args);
    expect([ran.code, ran.stdout]).toEqual([2, ""]);
    expect(ran.stderr).toContain("without a terminal. Use --yes.");
  }
  expect(contents(context)).toEqual(before);
  const agreed = context.ok("install", "--yes", "--no-monitor");
  expect(agreed).toBe(
    "The hooks are in .claude/settings.local.json. Undo: ~/sitrep/data/bin/sitrep uninstall --scope local --project ~/shop-api\n",
  );
});
