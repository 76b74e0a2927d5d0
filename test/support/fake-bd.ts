// A fake of the program of beads: it records its calls and prints the output of `bd` 1.0.

import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "./temporary.ts";

/** The fields of an issue in `bd list --json`, from an export of the tool's own repository. */
const usual = {
  priority: 2,
  issue_type: "task",
  owner: "a@example.com",
  created_at: "2026-04-18T16:19:12Z",
  created_by: "Ana",
  updated_at: "2026-04-18T16:30:16Z",
  dependency_count: 0,
  dependent_count: 0,
  comment_count: 0,
};

const dependsOn = (id: string, on: string, type: string) => ({
  issue_id: id,
  depends_on_id: on,
  type,
  created_at: "2026-04-18T16:19:12Z",
  created_by: "Ana",
  metadata: "{}",
});

/** The issues of `bd list --json`, which leaves out closed ones. */
export const openIssues = [
  { ...usual, id: "bd-main-idj", title: "Pattern-collapse pass", status: "in_progress" },
  {
    ...usual,
    id: "bd-main-k2",
    title: "Remove dead flags",
    status: "open",
    priority: 1,
    labels: ["cleanup"],
    parent: "bd-main-idj",
    dependencies: [
      dependsOn("bd-main-k2", "bd-main-idj", "parent-child"),
      dependsOn("bd-main-k2", "bd-main-9", "blocks"),
      dependsOn("bd-main-k2", "bd-main-g", "waits-for"),
    ],
  },
  { ...usual, id: "bd-main-m", title: "Mail", status: "open", issue_type: "message" },
];

/** Closed issues and the tool's own issues, which it returns only by id. */
export const byId = [
  { ...usual, id: "bd-main-9", title: "Inventory", status: "closed" },
  { ...usual, id: "bd-main-g", title: "Gate", status: "open", issue_type: "gate" },
];

export interface FakeBd {
  folder: string;
  program: string;
  /** One line for each call: its folder and its arguments. */
  calls: () => string[];
  /** The environment variables of its last call. */
  env: () => Record<string, string>;
  /** Sets the script that runs when a list is requested. */
  behave: (script: string) => void;
  print: (value: unknown) => void;
}

export function fakeBd(folder: string = temporaryFolder()): FakeBd {
  const [program, calls, env, list, ids] = ["bd", "calls", "env", "list.json", "ids.json"].map(
    (name) => join(folder, name),
  ) as [string, string, string, string, string];
  const behave = (script: string): void => {
    const start = `#!/bin/sh\necho "$PWD $*" >>'${calls}'\nenv >'${env}'\n`;
    writeFileSync(program, `${start}case "$*" in *--id*) exec cat '${ids}';; esac\n${script}\n`);
    chmodSync(program, 0o755);
  };
  const print = (value: unknown): void => {
    writeFileSync(list, typeof value === "string" ? value : JSON.stringify(value, null, 2));
    behave(`exec cat '${list}'`);
  };
  writeFileSync(calls, "");
  writeFileSync(ids, JSON.stringify(byId, null, 2));
  print(openIssues);
  return {
    folder,
    program,
    calls: () => readFileSync(calls, "utf8").split("\n").filter(Boolean),
    env: () =>
      Object.fromEntries(
        readFileSync(env, "utf8")
          .split("\n")
          .map((line) => line.split("=", 2) as [string, string]),
      ),
    behave,
    print,
  };
}
