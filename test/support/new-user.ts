// A new user without Sitrep: an empty home, an empty npm cache, and a fresh clone with files of other tools.

import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { createCommandContext } from "../../src/config/context.ts";
import { stopMonitor } from "../../src/monitor/monitor-control.ts";
import type { Ran } from "./installation.ts";
import { npmVariables, type Registry } from "./registry.ts";
import { newRepositoryAt, repositoryAt, type TestRepository } from "./repository.ts";
import { temporaryFolder } from "./temporary.ts";

const fixtures = join(import.meta.dirname, "../fixtures/task-files");

/** npm's own caches, one in the home and one for its compiled code in the folder for temporary files. */
const ofNpm = [".npm", "node-compile-cache"];

export interface NewUser {
  home: string;
  project: TestRepository;
  env: Record<string, string>;
  run: (program: string, ...args: string[]) => Promise<Ran>;
  /** Lists the files other than the repository's and npm's own caches. */
  written: () => string[];
}

/** `names`: the fixtures whose files are committed, for example `kiro/kiro`. */
export function newUser(registry: Registry, names: readonly string[]): NewUser {
  const folder = temporaryFolder("sitrep-new-");
  const [home, temporary] = [join(folder, "home"), join(folder, "temporary")];
  for (const one of [home, temporary]) mkdirSync(one);
  const origin = newRepositoryAt(join(folder, "origin"));
  for (const name of names) {
    const text = readFileSync(join(fixtures, `${name}.json`), "utf8");
    const { files } = JSON.parse(text) as { files: Record<string, string> };
    for (const [path, content] of Object.entries(files)) origin.write(path, content);
  }
  origin.git("add", "--all");
  origin.git("commit", "-q", "--allow-empty", "-m", "Begin");
  origin.git("clone", "-q", ".", join(folder, "shop"));
  const project = repositoryAt(join(folder, "shop"));
  const env: Record<string, string> = {
    HOME: home,
    TMPDIR: temporary,
    TZ: "UTC",
    PATH: [dirname(process.execPath), "/usr/local/bin", "/usr/bin", "/bin"].join(delimiter),
    ...npmVariables(registry),
  };
  const run: NewUser["run"] = (program, ...args) =>
    new Promise((resolve) => {
      const started = performance.now();
      const child = execFile(program, args, { cwd: project.folder, env }, (_, stdout, stderr) =>
        resolve({ code: child.exitCode, stdout, stderr, ms: performance.now() - started }),
      );
      child.stdin?.end();
    });
  onTestFinished(async () => void (await stopMonitor(createCommandContext(env, project.folder))));
  const written = (): string[] => [
    ...project.git("status", "--porcelain", "--ignored").split("\n").filter(Boolean),
    ...[temporary, home].flatMap((one) => readdirSync(one)).filter((name) => !ofNpm.includes(name)),
  ];
  return { home, project, env, run, written };
}
