// Chooses the links that `sitrep install --task-links` writes, from the project's cached tasks.

import type { CommandContext } from "../../config/context.ts";
import { SitrepError } from "../../core/errors.ts";
import { taskLinks, type TaskLink } from "../../core/task/task-links.ts";
import type { Located } from "../../git/repository.ts";
import { readSettingsFile } from "../../install/settings-file.ts";
import { settingsPath } from "../../install/settings-target.ts";
import { countTaskLinks } from "../../install/footer-links.ts";
import { createScope } from "../program/verb-context.ts";
import { listProjectSources, readCachedViews } from "../source/lookup.ts";

const cachedLinks = (context: CommandContext, project: Located): TaskLink[] =>
  taskLinks(readCachedViews(context, createScope(project)).flatMap(({ tasks }) => tasks));

/** True when there are links to write, but the user settings have none, from this or any other project. */
export function areLinksMissing(context: CommandContext, project: Located): boolean {
  if (cachedLinks(context, project).length === 0) return false;
  try {
    const { file, text } = readSettingsFile(settingsPath(context, project, "user"));
    return text === null || countTaskLinks(file, text) === 0;
  } catch {
    return false;
  }
}

/** Undefined: keep the links; empty: remove them. Throws `usage` if no cached task has a web address with its id. */
export function chosenLinks(
  context: CommandContext,
  project: Located,
  isWanted: boolean | undefined,
): TaskLink[] | undefined {
  if (isWanted !== true) return isWanted === undefined ? undefined : [];
  const links = cachedLinks(context, project);
  if (links.length > 0) return links;
  const names = listProjectSources(context, createScope(project)).map(({ config }) => config.name);
  throw new SitrepError(
    "usage",
    `No open task of this project has a web address with its id. Its sources: ${names.join(", ")}.`,
    {
      hint: "Add an issue tracker (sitrep source discover), or read the tasks again: sitrep refresh",
    },
  );
}
