// What `source remove` does: a source goes with its secrets.

import { removeSource } from "../config/edit-sources.ts";
import { readKeptSources, writeKeptSources } from "../config/environment-sources.ts";
import { forgetSecret } from "../config/secrets.ts";
import { originOf, secretOriginOf } from "../config/source-address.ts";
import { SourceConfig } from "../config/source-config.ts";
import { SitrepError } from "../core/errors.ts";
import { configOf } from "./cli-world.ts";
import type { CliWorld } from "./cli-world.ts";

/**
 * Takes a source out of config.json and out of what variables named, with its secrets. Gives what it was. Throws
 * `source-unknown`.
 */
export function dropSource(world: CliWorld, name: string): SourceConfig[] {
  const kept = readKeptSources(world.files.keptSources);
  const configs = [...configOf(world).sources, ...kept].filter((one) => one.name === name);
  if (configs.length === 0) {
    throw new SitrepError("source-unknown", `There is no source "${name}".`, {
      hint: '"sitrep source list" shows them. Those of a project are in its .sitrep.json.',
    });
  }
  for (const config of configs) {
    const secrets = [config.auth?.secret, ...Object.values(config.env)];
    for (const reference of secrets) {
      if (reference === undefined) continue;
      for (const origin of new Set([originOf(config), secretOriginOf(config)])) {
        forgetSecret(world.files.secrets, { source: name, origin, reference });
      }
    }
  }
  removeSource(world.configFile, name);
  writeKeptSources(
    world.files.keptSources,
    kept.filter((one) => one.name !== name),
  );
  return configs;
}
