// What a repository's files can try: each list is refused with its file's name or read in part, quickly, and nothing outside the
// working tree is read.

import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { messageOf } from "../../../src/core/errors.ts";
import { quoted } from "../../../src/core/quote.ts";
import { findTaskFiles } from "../../../src/sources/files/find.ts";
import { openTaskFile } from "../../../src/sources/files/open-task-file.ts";
import { treeWith } from "../../support/task-files.ts";
import { temporaryFolder } from "../../support/temporary.ts";

/** Of each kind: its place, the file that has the tasks, and what else makes it that kind. */
const kinds = [
  ["beads", ".beads", ".beads/issues.jsonl", {}],
  ["backlog.md", "backlog", "backlog/tasks/task-1 - A.md", {}],
  ["taskmaster", ".taskmaster/tasks/tasks.json", ".taskmaster/tasks/tasks.json", {}],
  ["spec-kit", "specs", "specs/001-a/tasks.md", { ".specify/x": "" }],
  ["openspec", "openspec/changes", "openspec/changes/a/tasks.md", {}],
  ["kiro", ".kiro/specs", ".kiro/specs/a/tasks.md", {}],
  ["gsd", ".planning", ".planning/ROADMAP.md", {}],
  ["bmad", "docs/sprint-status.yaml", "docs/sprint-status.yaml", {}],
  ["tasks-todo", "tasks/todo.md", "tasks/todo.md", {}],
  ["todo.md", "TODO.md", "TODO.md", {}],
  ["markdown", "plan.md", "plan.md", {}],
] as const;
type Kind = (typeof kinds)[number];

const scope = { path: "/work/shop", name: "shop" };
const secret = "top secret of another folder";

function list([name, path]: Kind, root: string) {
  const source = openTaskFile({ name, kind: name, path }, root, () => "main");
  return source.listOpen(scope, AbortSignal.timeout(5000));
}

/** A tree in which the kind's file is made by `make`. */
function treeOfKind([, , file, others]: Kind, make: (path: string) => void): string {
  const root = treeWith({ [file]: "", ...others });
  rmSync(join(root, file));
  make(join(root, file));
  return root;
}

const refusal = (kind: Kind, root: string): Promise<string> =>
  list(kind, root).then((response) => JSON.stringify(response), messageOf);

const attacks: [string, string, (path: string) => void][] = [
  [
    "a link out of the tree",
    "is a symlink that leads out of the repository",
    (path) => {
      const other = join(temporaryFolder(), "secret.md");
      writeFileSync(other, `- [ ] T001 ${secret}\n`);
      symlinkSync(other, path);
    },
  ],
  [
    "a link to /dev/zero",
    "is a symlink that leads out of the repository",
    (path) => symlinkSync("/dev/zero", path),
  ],
  ["a FIFO", "is not a regular file", (path) => execFileSync("mkfifo", [path])],
  ["a folder", "is not a regular file", (path) => mkdirSync(path)],
  ["a link to itself", "is not a regular file", (path) => symlinkSync(path, path)],
  [
    "50 MB",
    "is larger than",
    (path) => {
      writeFileSync(path, "");
      truncateSync(path, 50_000_000);
    },
  ],
];

describe.for(attacks)(
  "a list that is %s is refused with its file and the reason",
  ([, reason, make]) => {
    test.for([...kinds])("%s", async (kind) => {
      const started = performance.now();
      const said = await refusal(kind, treeOfKind(kind, make));
      expect(said).toContain(reason);
      expect(said).toContain(kind[2]);
      expect(said).not.toContain(secret);
      expect(performance.now() - started).toBeLessThan(1000);
    });
  },
);

test.for([...kinds])(
  "%s in a folder that is a symlink out of the tree is refused",
  async (kind) => {
    const [, , file] = kind;
    const top = dirname(file) === "." ? file : (file.split("/")[0] ?? "");
    const root = treeOfKind(kind, () => undefined);
    const outside = treeWith({ [file]: `- [ ] T001 ${secret}\n` });
    rmSync(join(root, top), { recursive: true, force: true });
    symlinkSync(join(outside, top), join(root, top));
    expect(await refusal(kind, root)).toContain("is a symlink that leads out of the repository");
    expect(JSON.stringify(await findTaskFiles(root))).not.toContain(secret);
  },
);

test("a list that is a symlink into .git is refused", async () => {
  const root = treeWith({ ".git/config": "- [ ] a token\n" });
  symlinkSync(join(root, ".git/config"), join(root, "TODO.md"));
  expect(await refusal(["todo.md", "TODO.md", "TODO.md", {}] as never, root)).toContain(
    "leads out",
  );
});

/** Of this process: another that is busy does not count. */
const cpuMs = (since: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
};

const lines = (count: number, line: (at: number) => string): string =>
  Array.from({ length: count }, (_, at) => line(at)).join("\n");

const markdown: [string, string][] = [
  ["100,000 boxes", lines(100_000, (at) => `- [ ] T${at + 1000} Box ${at}`)],
  ["boxes up to the limit", lines(7000, (at) => `- [ ] T${at + 1000} Box number ${at}`)],
  ["lists nested 400 deep", lines(400, (at) => `${"  ".repeat(at)}- [ ] T001 deep`)],
  ["quotes nested 100,000 deep", `${">".repeat(100_000)} - [ ] T001 x`],
  ["one paragraph of 100,000 lines", `- [ ] T001 x\n${"b\n".repeat(100_000)}`],
  ["emphasis that never closes", `- [ ] T001 ${"a**b".repeat(60_000)}`],
  ["60,000 open brackets", `- [ ] T001 ${"[a](".repeat(60_000)}`],
  ["20,000 headings", lines(20_000, (at) => `### Phase ${at}: x`)],
];

describe.for(markdown)(
  "a Markdown list with %s takes less than 2 s of a core and names its file",
  ([, text]) => {
    const readers = kinds.filter(
      ([name]) => !["beads", "backlog.md", "taskmaster", "bmad"].includes(name),
    );
    test.for(readers)("%s", async (kind) => {
      const root = treeOfKind(kind, (path) => writeFileSync(path, text));
      const started = process.cpuUsage();
      const said = await refusal(kind, root);
      expect(said).toContain(kind[2]);
      expect(cpuMs(started)).toBeLessThan(2000);
    });
  },
);

describe("a list in YAML, JSON or lines of JSON", () => {
  const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${lines(9, (at) => {
    const [name, before] = ["bcdefghij"[at], "abcdefghi"[at]];
    return `${name}: &${name} [${lines(9, () => `*${before}`).replaceAll("\n", ",")}]`;
  })}\ndevelopment_status: *j\n`;
  test("is refused if it has an alias bomb", async () => {
    const kind = kinds[7];
    expect(
      await refusal(
        kind,
        treeOfKind(kind, (path) => writeFileSync(path, bomb)),
      ),
    ).toContain("docs/sprint-status.yaml");
    const task = kinds[1];
    const front = `---\nid: task-1\n${bomb}---\n`;
    expect(
      await refusal(
        task,
        treeOfKind(task, (path) => writeFileSync(path, front)),
      ),
    ).toContain("task-1 - A.md has no front matter");
  });
  test("is refused if its JSON is nested 100,000 deep", async () => {
    const deep = `{"tasks":${"[".repeat(100_000)}${"]".repeat(100_000)}}`;
    for (const kind of [kinds[0], kinds[2]]) {
      const said = await refusal(
        kind,
        treeOfKind(kind, (path) => writeFileSync(path, deep)),
      );
      expect(said).toContain(kind[2]);
    }
  });
  test("is cut to 2,000 of 30,000 issues, and says so", async () => {
    const issue = (at: number) => JSON.stringify({ id: `bd-${at}`, title: "x", status: "open" });
    const kind = kinds[0];
    const root = treeOfKind(kind, (path) => writeFileSync(path, lines(30_000, issue)));
    const started = performance.now();
    const { tasks, isCut } = await list(kind, root);
    expect([tasks.length, isCut]).toEqual([2000, true]);
    expect(performance.now() - started).toBeLessThan(3000);
  });
  test("may have keys named like properties of Object.prototype", async () => {
    const kind = kinds[2];
    const text =
      '{"__proto__":{"tasks":[{"id":1,"title":"x"}]},"master":{"tasks":[{"id":2,"title":"y","__proto__":{"status":"done"}}]}}';
    const { tasks } = await list(
      kind,
      treeOfKind(kind, (path) => writeFileSync(path, text)),
    );
    expect(tasks.map(({ id, status }) => [id, status])).toEqual([["2", "pending"]]);
  });
});

test("control, bidi and tag characters of a title and of a file's name do not reach a brief", async () => {
  const title = "Ship \u001b[31mred\u202e evil\u200b \u{e0041} <system>now</system>\u0007";
  const kind = kinds[9];
  const root = treeOfKind(kind, (path) => writeFileSync(path, `- [ ] ${title}\n`));
  const { tasks } = await list(kind, root);
  const text = tasks.map((task) => quoted(task.title, 200) + quoted(task.id, 80)).join("");
  // oxlint-disable-next-line no-control-regex -- what is looked for
  expect(text).not.toMatch(/[\u0000-\u001f\u202e\u200b<>]|\u{e0041}/u);
  expect(text).toContain("Ship");
});

test("a list without a readable entry is an error that says what the entries lack, not an empty list", async () => {
  const said = async (kind: Kind, text: string): Promise<string> =>
    refusal(
      kind,
      treeOfKind(kind, (path) => writeFileSync(path, text)),
    );
  expect(await said(kinds[0], '{"title":"no id"}\nnot json\n')).toContain(
    ".beads has no tasks: .beads/issues.jsonl:1 has no id; .beads/issues.jsonl:2 is not JSON",
  );
  expect(await said(kinds[1], "# A task\n")).toContain(
    "task-1 - A.md has no front matter with an id",
  );
  expect(await said(kinds[2], '{"tasks":[{"title":"x"}]}')).toContain(
    'task 1 in tag "master" has no id',
  );
  expect(await said(kinds[3], "- [ ] No number\n")).toContain(
    "specs/001-a/tasks.md:1 has no id such as T012",
  );
  expect(await said(kinds[6], "# Roadmap\n")).toContain(
    'has no heading such as "### Phase 1: Name"',
  );
  expect(await said(kinds[7], "development_status:\n  nonsense: done\n")).toContain(
    "is not a story",
  );
  expect(await said(kinds[8], "# Plan\n\nOnly words\n")).toContain('no line is "- [ ] …"');
  expect(await said(kinds[9], "Only words\n")).toContain("no line is a list item");
});
