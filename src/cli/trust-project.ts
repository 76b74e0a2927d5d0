// A project's own file, for the commands that allow and deny it.

import { dirname } from "node:path";
import { openCacheForShortWrite } from "../state/cache/cache-file.ts";
import { addRequest } from "../state/cache/requests.ts";
import { decide, projectFileName, readProjectFile } from "../config/project-file.ts";
import type { ProjectFile } from "../config/project-file.ts";
import { SitrepError } from "../core/errors.ts";
import type { ProjectScope } from "../core/ports.ts";
import { wakeMonitor } from "../state/live/lease.ts";
import type { CommandContext } from "../config/context.ts";

export type { ProjectFile };

/** Throws `usage` when the project has none. */
export function projectFileOf(context: CommandContext, { path }: ProjectScope): ProjectFile {
  const found = readProjectFile(path, context.files.allowed);
  if (found !== null) return found;
  throw new SitrepError("usage", `There is no ${projectFileName} in ${path}.`);
}

/** What is to be said of a project's file that does nothing; null when there is none, or it is allowed. */
export function inertFile(context: CommandContext, { path }: ProjectScope): string | null {
  const found = readProjectFile(path, context.files.allowed);
  if (found === null || found.trust === "allowed") return null;
  if (found.mistake !== null) return `${found.file} does nothing: ${found.mistake}`;
  const why = {
    changed: "it was edited since it was allowed",
    denied: "it is denied",
    unknown: "",
  };
  const because = why[found.trust] === "" ? "" : ` (${why[found.trust]})`;
  return `${found.file} does nothing until it is allowed${because}: sitrep allow`;
}

/** Tells a monitor that runs; without one the next refresh finds out. */
function requestRefresh(context: CommandContext, project: string): void {
  try {
    const db = openCacheForShortWrite(context.files.cache, 1000);
    try {
      addRequest(db, { kind: "refresh", project }, Date.now());
    } finally {
      db.close();
    }
    wakeMonitor(context.files.live);
  } catch {
    // No cache, or none that can be written: there is no monitor to be told.
  }
}

/** Throws `config-invalid` when a content is to be allowed that is not understood. */
export function decideOn(context: CommandContext, found: ProjectFile, isAllowed: boolean): void {
  decide(found, context.files.allowed, isAllowed);
  requestRefresh(context, dirname(found.file));
}
