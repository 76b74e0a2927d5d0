// A project's own file, for the commands that allow and deny it.

import { decide, projectFileName, readProjectFile } from "../config/project-file.ts";
import type { ProjectFile } from "../config/project-file.ts";
import { SitrepError } from "../core/errors.ts";
import type { ProjectScope } from "../core/ports.ts";
import type { CliWorld } from "./cli-world.ts";

export type { ProjectFile };

/** Throws `usage` when the project has none. */
export function projectFileOf(world: CliWorld, { path }: ProjectScope): ProjectFile {
  const found = readProjectFile(path, world.files.allowed);
  if (found !== null) return found;
  throw new SitrepError("usage", `There is no ${projectFileName} in ${path}.`);
}

/** Throws `config-invalid` when a content is to be allowed that is not understood. */
export function decideOn(world: CliWorld, found: ProjectFile, isAllowed: boolean): void {
  decide(found, world.files.allowed, isAllowed);
}
