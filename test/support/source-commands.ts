// Runs the built command without blocking (unlike `spawnSync`), because its server is in this process. The setup steps
// here change files directly instead of running a command.

import { readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { createCommandContext } from "../../src/config/context.ts";
import type { NewTask } from "../../src/core/task/task.ts";
import { changeTasks, refreshProject } from "../../src/sources/local-tasks.ts";
import { allowWrites } from "./allow-writes.ts";
import { builtFolder } from "./built.ts";
import { prepareInstallation, runShell } from "./installation.ts";
import type { Ran, TestInstallation } from "./installation.ts";

const cli = join(builtFolder, "cli.cjs");
const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

export interface SourceContext extends TestInstallation {
  run(args: readonly string[], env?: Record<string, string>): Promise<Ran>;
  /** Returns the command's stdout. Throws if the command fails. */
  good(args: readonly string[], env?: Record<string, string>): Promise<string>;
  /** Adds a source to the configuration, like `source add` after its trial request. */
  configure(source: Record<string, unknown>): void;
  /** Allows writes, like `sitrep source allow-writes` after a person's consent. */
  allowWrites(name: string): void;
  /** Adds a task to the embedded store. */
  addTask(task: NewTask): Promise<void>;
  /** Refreshes like `sitrep refresh`, and ignores failures of the sources. */
  refresh(): Promise<void>;
  /** The brief that a session would read. */
  brief(...args: string[]): Promise<string>;
}

export function prepareSources(): SourceContext {
  const context = prepareInstallation();
  const run = (args: readonly string[], env: Record<string, string> = {}): Promise<Ran> =>
    runShell([process.execPath, cli, ...args].map(quoted).join(" "), {
      cwd: context.project.folder,
      env: { ...context.env, ...env },
    });
  const good = async (args: readonly string[], env?: Record<string, string>): Promise<string> => {
    const { code, stdout, stderr } = await run(args, env);
    if (code !== 0)
      throw new Error(`sitrep ${args.join(" ")} failed (${code}): ${stderr}${stdout}`);
    return stdout;
  };
  const own = createCommandContext(context.env, context.project.folder);
  const scope = { path: context.project.folder, name: basename(context.project.folder) };
  return {
    ...context,
    run,
    good,
    configure: (source) => {
      const config = JSON.parse(readFileSync(own.configFile, "utf8")) as { sources?: object[] };
      const sources = [...(config.sources ?? []), source];
      writeFileSync(own.configFile, JSON.stringify({ ...config, sources }));
    },
    allowWrites: (name) => allowWrites(context.env, context.project.folder, name),
    addTask: async (task) =>
      void (await changeTasks(own, scope, (store) => store.add(scope.path, [task]))),
    refresh: async () => void (await refreshProject(own, scope)),
    brief: (...args) => good(["brief", ...args]),
  };
}
