// `sitrep source remove`: removes a source, its secrets, sign-ins and tokens, and the permission to write to it.

import { removeSource } from "../../config/config-file.ts";
import { readKeptSources, writeKeptSources } from "../../config/environment-sources.ts";
import { forgetSecret, findReferences } from "../../config/secrets.ts";
import { sourceOrigin, secretOrigin } from "../../config/source-address.ts";
import type { SourceConfig } from "../../config/source-config.ts";
import { SitrepError } from "../../core/errors.ts";
import { closing } from "../../state/sqlite/sqlite.ts";
import { dropSource } from "../../state/cache/task-snapshots.ts";
import { loadOwnConfig, openCliCache } from "../../config/command-config.ts";
import type { CommandContext } from "../../config/context.ts";
import { logOut } from "../sign-in/logout.ts";
import { forgetTokens } from "../../sources/credentials.ts";
import { forgetConsent } from "../../sources/writing/consent.ts";
import { withSourceContext } from "./lookup.ts";
import type { Run } from "../program/verb-context.ts";
import { printResult, warnOfStaleCache, type JsonOption } from "../terminal/terminal.ts";

/** Finds the sources with this name, in config.json and from variables. Throws `source-unknown`. */
function namedSources(context: CommandContext, name: string): SourceConfig[] {
  const all = [...loadOwnConfig(context).sources, ...readKeptSources(context.files.keptSources)];
  const named = all.filter((one) => one.name === name);
  if (named.length > 0) return named;
  throw new SitrepError("source-unknown", `There is no source "${name}".`, {
    hint: `"sitrep source list" shows the sources. To remove a project's source, edit the project's .sitrep.json.`,
  });
}

/**
 * Throws `source-unknown`. Throws `secret-unsafe` before it removes anything: nobody can sign out of a removed source.
 */
export const runRemoveSource: Run<[string], JsonOption> = async (context, name, options) => {
  const configs = namedSources(context, name);
  for (const config of configs) {
    // oxlint-disable-next-line no-await-in-loop -- one or two sources
    if (config.url !== undefined) await logOut(context, config);
  }
  for (const config of configs) {
    // oxlint-disable-next-line no-await-in-loop -- one or two sources
    await withSourceContext(context, (sources) => forgetTokens(config, sources));
    for (const reference of findReferences(config)) {
      for (const origin of new Set([sourceOrigin(config), secretOrigin(config)])) {
        forgetSecret(context.files.secrets, { source: name, origin, reference });
      }
    }
  }
  forgetConsent(context.files, name);
  removeSource(context.configFile, name, context.env);
  const { keptSources } = context.files;
  const others = readKeptSources(keptSources).filter((one) => one.name !== name);
  writeKeptSources(keptSources, others);
  // Update the cache now: sessions and lists may read it before the monitor notices the change.
  try {
    closing(openCliCache(context, loadOwnConfig(context)), (db) => dropSource(db, name));
  } catch (error) {
    warnOfStaleCache(error);
  }
  const count = Math.max(...configs.map(({ projects = [] }) => projects.length));
  const where = count > 1 ? ` for ${count} projects` : "";
  const words = `Removed ${name}${where}. Its tasks are no longer shown.`;
  printResult(options, { removed: name }, words);
};
