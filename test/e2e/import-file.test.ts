// `sitrep task import` reads a file that may have come with a repository.

import { spawnSync } from "node:child_process";
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { prepareInstallation } from "../support/installation.ts";

test.for<[string, (project: string, outside: string) => string, RegExp]>([
  ["that is missing", (project) => join(project, "gone.json"), /gone\.json does not exist\./],
  ["that is a directory", (project) => project, /is a directory/],
  [
    "that is a named pipe",
    (project) => {
      spawnSync("mkfifo", [join(project, "pipe")]);
      return join(project, "pipe");
    },
    /is not a regular file/,
  ],
  ["that is a device", () => "/dev/zero", /is not a regular file/],
  [
    "that is a link out of the project",
    (project, outside) => {
      writeFileSync(join(outside, "private.md"), "- [ ] my own list\n");
      symlinkSync(join(outside, "private.md"), join(project, "TODO.md"));
      return join(project, "TODO.md");
    },
    /is a symlink to .*private\.md, outside the project/,
  ],
  [
    "that is larger than 64 MiB",
    (project) => {
      writeFileSync(join(project, "big.json"), "[");
      truncateSync(join(project, "big.json"), 65 * 1024 ** 2);
      return join(project, "big.json");
    },
    /is larger than 64 MiB/,
  ],
])("task import refuses a file %s", ([, make, message]) => {
  const context = prepareInstallation();
  const outside = join(context.home, "outside");
  mkdirSync(outside);
  const file = make(context.project.folder, outside);
  const { code, stderr } = context.sitrep("task", "import", file);
  expect(code).toBe(1);
  expect(stderr).toMatch(message);
  expect(stderr).toContain("Nothing was imported.");
  expect(context.ok("task", "list")).not.toContain("my own list");
});
