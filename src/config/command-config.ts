// A command's checked configuration, and its cache for writing. context.ts has the parts that need no configuration.

import { homedir } from "node:os";
import type { SitrepError } from "../core/errors.ts";
import { hookSettingsKey, projectSettings, type HookSettings } from "../core/hook-settings.ts";
import { openOrRebuildCache } from "../state/cache/cache-file.ts";
import { setEntry } from "../state/cache/cache-entries.ts";
import { writeLines } from "../state/output/terminal.ts";
import { databaseError } from "../state/sqlite/file-fault.ts";
import { prepared, type Sqlite } from "../state/sqlite/sqlite.ts";
import { createHookSettings, loadConfig } from "./config-file.ts";
import type { CommandContext } from "./context.ts";
import { gitIdentity } from "./git-identity.ts";
import { activeOffSwitches, type OffSwitch } from "./off.ts";
import type { Config } from "./schema.ts";

export const loadOwnConfig = (context: CommandContext): Config =>
  loadConfig(context.configFile, context.env);

export const loadHookSettings = ({ env }: CommandContext, config: Config): HookSettings =>
  createHookSettings(config, gitIdentity(env["HOME"] ?? homedir(), env));

export const readOffSwitches = (
  context: CommandContext,
  project: string,
  config: Config,
): OffSwitch[] =>
  activeOffSwitches(
    context.files,
    context.env,
    project,
    projectSettings(loadHookSettings(context, config), project).off,
  );

/** `cache-busy`, `cache-unreadable`, `disk-full` or `file-denied` for an error of SQLite. */
export const cacheError = (file: string, cause: unknown): SitrepError =>
  databaseError("cache", file, cause, {
    busy: "This command timed out waiting for it. Run the command again.",
    unreadable: 'Run "sitrep cache clear". The task store is a separate file and is not affected.',
  });

/** Also updates the hooks' settings in it. Throws `cache-*`, `disk-full` or `file-denied`. */
export function openCliCache(context: CommandContext, config: Config): Sqlite {
  const file = context.files.cache;
  try {
    const db = openOrRebuildCache(file, (slot) =>
      writeLines(
        "stderr",
        `sitrep: the cache was corrupt; made a new one and moved the old one to ${slot}`,
      ),
    );
    return prepared(db, () => {
      const value = loadHookSettings(context, config);
      setEntry(db, { key: hookSettingsKey, kind: "setting", value, ttlMs: 0 }, Date.now());
    });
  } catch (error) {
    throw cacheError(file, error);
  }
}
