// `sitrep source remove`: a source goes with its secrets, and the tokens that a service account had for them.

import { removeSource } from "../../config/config-file.ts";
import { readKeptSources, writeKeptSources } from "../../config/environment-sources.ts";
import { forgetSecret } from "../../config/secrets.ts";
import { originOf, secretOriginOf } from "../../config/source-address.ts";
import type { SourceConfig } from "../../config/source-config.ts";
import { SitrepError } from "../../core/errors.ts";
import { closing } from "../../state/sqlite/sqlite.ts";
import { dropSource } from "../../state/cache/task-snapshots.ts";
import { configOf, openCliCache } from "../../config/command-config.ts";
import type { CommandContext } from "../../config/context.ts";
import { logOut } from "../sign-in/logout.ts";
import { forgetTokens } from "../../sources/credentials.ts";
import { withSourceContext } from "./sources.ts";
import type { Run } from "../program/options.ts";
import { printResult, remarkStale, type JsonOption } from "../terminal/terminal.ts";

/** Those of a name in config.json and in what variables named. Throws `source-unknown`. */
function namedSources(context: CommandContext, name: string): SourceConfig[] {
  const all = [...configOf(context).sources, ...readKeptSources(context.files.keptSources)];
  const named = all.filter((one) => one.name === name);
  if (named.length > 0) return named;
  throw new SitrepError("source-unknown", `There is no source "${name}".`, {
    hint: '"sitrep source list" shows them. Those of a project are in its .sitrep.json.',
  });
}

/**
 * Takes a source out of config.json and out of what variables named, with its secrets and sign-ins. While one of these
 * cannot be read (`secret-unsafe`), it stays as it is: nobody could sign out of a source that is gone. Throws `source-unknown`.
 */
export const runRemoveSource: Run<[string], JsonOption> = async (context, name, options) => {
  const configs = namedSources(context, name);
  for (const config of configs) {
    // oxlint-disable-next-line no-await-in-loop -- one of a name, or two
    if (config.url !== undefined) await logOut(context, config);
  }
  for (const config of configs) {
    const secrets = [config.auth?.secret, ...Object.values(config.env)];
    // oxlint-disable-next-line no-await-in-loop -- one of a name, or two
    await withSourceContext(context, (sources) => forgetTokens(config, sources));
    for (const reference of secrets) {
      if (reference === undefined) continue;
      for (const origin of new Set([originOf(config), secretOriginOf(config)])) {
        forgetSecret(context.files.secrets, { source: name, origin, reference });
      }
    }
  }
  removeSource(context.configFile, name, context.env);
  writeKeptSources(
    context.files.keptSources,
    readKeptSources(context.files.keptSources).filter((one) => one.name !== name),
  );
  // Sessions and lists read it there, before the monitor notices.
  try {
    closing(openCliCache(context, configOf(context)), (db) => dropSource(db, name));
  } catch (error) {
    remarkStale(error);
  }
  const words = `Removed ${name}. Its last good tasks are not shown any more.`;
  printResult(options, { removed: name }, words);
};
