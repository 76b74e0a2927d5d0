// The project that a command is about.

import type { ProjectScope } from "../core/ports.ts";
import { projectOf } from "../wiring/cli-world.ts";
import type { CliWorld } from "../wiring/cli-world.ts";

/** Of every command about sources. */
export interface SourceOptions {
  project?: string;
  json?: boolean;
}

export function scopeOf(world: CliWorld, options: SourceOptions): ProjectScope {
  const { project, projectName, branch } = projectOf(world, options.project);
  return { path: project, name: projectName, branch };
}
