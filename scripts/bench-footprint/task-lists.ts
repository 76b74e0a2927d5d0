// Five kinds of task lists for the repositories of the measured monitor, like the recorded ones in the tests.

import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { namedTaskFile } from "../../src/sources/files/find.ts";

const fixtures = join(import.meta.dirname, "../../test/fixtures/task-files");
const kinds = ["backlog.md", "openspec", "kiro", "taskmaster", "todo.md"];

function filesOf(kind: string): Record<string, string> {
  const [name = ""] = readdirSync(join(fixtures, kind));
  const { files } = JSON.parse(readFileSync(join(fixtures, kind, name), "utf8"));
  return files;
}

/** Writes the lists into each project. Returns the configured source of each list. */
export const writeTaskLists = (projects: readonly string[]): object[] =>
  projects.flatMap((project, at) =>
    kinds.map((kind) => {
      const files = filesOf(kind);
      for (const [path, text] of Object.entries(files)) {
        mkdirSync(dirname(join(project, path)), { recursive: true });
        writeFileSync(join(project, path), text);
      }
      const name = `${kind}-${at}`;
      return { name, type: "file", ...namedTaskFile(project, kind), projects: [project] };
    }),
  );
