// The project that a command is about.

import type { ProjectScope } from "../core/ports.ts";
import { projectOf } from "../config/context.ts";
import type { CommandContext } from "../config/context.ts";

/** Of every command about sources. */
export interface SourceOptions {
  project?: string;
  json?: boolean;
}

export function scopeOf(context: CommandContext, options: SourceOptions): ProjectScope {
  const { project, projectName, branch } = projectOf(context, options.project);
  return { path: project, name: projectName, branch };
}
