// Runs the built command beside a server of the same process: never blocking, as `spawnSync` would. What a test only begins
// with is done here without a command.

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
  /** Standard output; throws when the command fails. */
  good(args: readonly string[], env?: Record<string, string>): Promise<string>;
  /** Writes a source into the configuration, as `source add` does once it has tried it. */
  configure(source: Record<string, unknown>): void;
  /** As `sitrep source allow-writes` does once a person has said yes. */
  allowWrites(name: string): void;
  /** Puts a task into the embedded store. */
  addTask(task: NewTask): Promise<void>;
  /** As `sitrep refresh`, whatever the sources say. */
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
