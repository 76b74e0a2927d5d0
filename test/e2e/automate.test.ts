// `sitrep source automate`: what a person switches on, and who cannot.

import { expect, test } from "vitest";
import { hasPerson, onTerminal } from "../support/on-terminal.ts";
import { prepareSources } from "../support/source-commands.ts";

const tracker = {
  name: "issues",
  type: "json",
  preset: "github",
  with: { repository: "o/r" },
  url: "http://127.0.0.1:9",
};

test("source automate refuses a source without consent to write, and a list in a file", async () => {
  const context = prepareSources();
  context.project.write("tasks/todo.md", "- [ ] Ship it\n");
  const list = { name: "todo", type: "file", kind: "tasks-todo", path: "tasks/todo.md" };
  context.configure(tracker);
  context.configure(list);
  context.allowWrites("todo");
  const [unwritable, file] = await Promise.all(
    ["issues", "todo"].map((name) => context.run(["source", "automate", name])),
  );
  expect(unwritable?.stderr).toBe(
    "sitrep: issues may not be written from this project. Nothing was sent.\n" +
      "  A person can allow it, in a terminal of their own: sitrep source allow-writes issues\n",
  );
  expect(file?.stderr).toContain("todo is a list in files: it changes with the branch.");
});

test.runIf(hasPerson)(
  "source automate needs a person at a terminal, and starts with a dry run of a week",
  async () => {
    const context = prepareSources();
    context.configure(tracker);
    context.allowWrites("issues");
    const command = "source automate issues";
    const inSession = await context.run(command.split(" "), { CLAUDECODE: "1" });
    expect(inSession.stderr).toContain("A session of Claude Code cannot allow writes.");
    expect((await context.run(command.split(" "))).stderr).toContain(
      `In a terminal: sitrep ${command}`,
    );
    const yes = ["Switch it on? [y/N]", "y\n"] as const;
    const { screen } = await onTerminal(context, command, { acts: [yes] });
    const week = new Date(Date.now() + 7 * 86_400_000).toISOString().slice(0, 10);
    expect(screen).toContain(`Until ${week}, Sitrep only says what it would set (dry run).`);
    expect(screen).toContain(`From ${week}, commits and merges move tasks of issues.`);
    expect(await context.good(["source", "list"])).toContain(`moves tasks from ${week}`);
    expect(await context.good([...command.split(" "), "--off"])).toContain(
      "do not move tasks of issues",
    );
    expect(await context.good(["source", "list"])).not.toContain("moves tasks");
    expect(await context.good(["source", "list"])).toContain("writing is allowed");
  },
);
