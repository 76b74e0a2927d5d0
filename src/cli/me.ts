import { loadOwnConfig, openCliCache, loadHookSettings } from "../config/command-config.ts";
import { setNames } from "../config/config-file.ts";
import type { CommandContext } from "../config/context.ts";
import { unknownIdentityText } from "../core/brief/brief.ts";
import { createTaskList } from "../core/brief/task-list.ts";
import { SitrepError } from "../core/errors.ts";
import { cleanText } from "../core/quote.ts";
import { localTime } from "../core/time.ts";
import { locateScope, type ProjectOptions } from "./program/verb-context.ts";
import { readCachedViews } from "./source/lookup.ts";
import { printResult } from "./terminal/terminal.ts";

interface MeOptions extends ProjectOptions {
  reset?: boolean;
}

export function whoAmI(context: CommandContext, options: ProjectOptions) {
  const me = loadHookSettings(context, loadOwnConfig(context)).me;
  const sources = readCachedViews(context, locateScope(context, options));
  const git = { kind: "no-repository" } as const;
  const list = createTaskList({ sources, git, now: Date.now(), calendar: localTime, me });
  const whose = [...(list?.whose ?? [])].map(([source, { isKnown, me: names }]) => {
    return { source, me: names, isKnown };
  });
  return {
    response: { ...me, sources: whose },
    strange: list === null ? null : unknownIdentityText(list),
  };
}

const namesOf = (list: readonly string[]): string =>
  list.map((one) => cleanText(one, 80)).join(", ");

function linesOf({ response, strange }: ReturnType<typeof whoAmI>): string[] {
  const { given, likely, sources } = response;
  const fromGit = likely.length === 0 ? "" : `; from git: ${namesOf(likely)}`;
  return [
    `Your names: ${given.length === 0 ? "none set" : namesOf(given)}${fromGit}`,
    ...sources.flatMap(({ source, me }) =>
      me.length === 0 ? [] : [`  in ${cleanText(source, 40)} you are ${namesOf(me)}`],
    ),
    ...(strange === null ? [] : [strange]),
  ];
}

export async function runMe(
  context: CommandContext,
  given: readonly string[],
  options: MeOptions,
): Promise<void> {
  if (given.length > 0 && options.reset === true) {
    throw new SitrepError(
      "usage",
      "--reset removes your names and cannot be combined with new ones.",
    );
  }
  if (given.length > 0 || options.reset === true) {
    setNames(context.configFile, given, context.env);
    // Hooks read the names from the cache.
    openCliCache(context, loadOwnConfig(context)).close();
  }
  const found = whoAmI(context, options);
  printResult(options, found.response, () => linesOf(found));
}
