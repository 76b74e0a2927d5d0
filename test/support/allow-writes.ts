// Records a person's consent to changes of a source's tasks, as `sitrep source allow-writes` does.

import { loadOwnConfig } from "../../src/config/command-config.ts";
import { createCommandContext, locateProject } from "../../src/config/context.ts";
import type { Environment } from "../../src/config/folders.ts";
import { listSources } from "../../src/sources/source-pool.ts";
import { setConsent } from "../../src/sources/writing/consent.ts";

export function allowWrites(env: Environment, folder: string, name: string): void {
  const context = createCommandContext(env, folder);
  const { project: path, projectName } = locateProject(context, undefined);
  const sources = listSources(loadOwnConfig(context), context.files, { path, name: projectName });
  const found = sources.find(({ config }) => config.name === name);
  if (found === undefined) throw new Error(`There is no source ${name}.`);
  setConsent(context.files, path, found.config, true);
}
