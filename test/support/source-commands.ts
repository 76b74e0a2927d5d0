// Runs the built command beside a server of the same process: never blocking, as `spawnSync` would.

import { join } from "node:path";
import { builtFolder } from "./built.ts";
import { prepareInstallation, runShell } from "./installation.ts";
import type { Ran, TestInstallation } from "./installation.ts";

const cli = join(builtFolder, "cli.cjs");
const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

export interface SourceContext extends TestInstallation {
  run(args: readonly string[], env?: Record<string, string>): Promise<Ran>;
  /** Standard output; throws when the command fails. */
  good(args: readonly string[], env?: Record<string, string>): Promise<string>;
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
  return { ...context, run, good, brief: (...args) => good(["brief", ...args]) };
}
