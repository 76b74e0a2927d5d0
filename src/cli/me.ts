// `sitrep me`: what task sources call you. Shows whom Sitrep takes you for in each, or sets your names.

import { setNames } from "../config/config-file.ts";
import { configOf, openCliCache, settingsOf } from "../config/command-config.ts";
import type { CommandContext } from "../config/context.ts";
import { strangeWords } from "../core/brief/brief.ts";
import { listTasks } from "../core/brief/task-list.ts";
import { SitrepError } from "../core/errors.ts";
import { cleanText } from "../core/quote.ts";
import { localTime } from "../core/time.ts";
import { scopeOf, type ProjectOptions } from "./program/options.ts";
import { cachedViews } from "./source/sources.ts";
import { printResult } from "./terminal/terminal.ts";

interface MeOptions extends ProjectOptions {
  reset?: boolean;
}

interface Answer {
  /** Names that were set. */
  given: readonly string[];
  /** Names that git knows. */
  likely: readonly string[];
  sources: readonly { source: string; me: readonly string[]; isKnown: boolean }[];
}

/** Whom each source's people are taken for, as of its last answer; with the sentence on those where nobody is known. */
export function whoAmI(
  context: CommandContext,
  options: ProjectOptions,
): { answer: Answer; strange: string | null } {
  const now = Date.now();
  const me = settingsOf(context, configOf(context)).me;
  const sources = cachedViews(context, scopeOf(context, options), Number.POSITIVE_INFINITY);
  const git = { kind: "no-repository" } as const;
  const list = listTasks({ sources, git, now, calendar: localTime, me });
  return {
    answer: {
      ...me,
      sources: [...(list?.whose ?? [])].map(([source, { isKnown, me: names }]) => ({
        source,
        me: names,
        isKnown,
      })),
    },
    strange: list === null ? null : strangeWords(list),
  };
}

const names = (list: readonly string[]): string => list.map((one) => cleanText(one, 80)).join(", ");

function linesOf({ given, likely, sources }: Answer, strange: string | null): string[] {
  return [
    `Your names: ${given.length === 0 ? "none set" : names(given)}${likely.length === 0 ? "" : `; from git: ${names(likely)}`}`,
    ...sources.flatMap(({ source, me }) =>
      me.length === 0 ? [] : [`  in ${cleanText(source, 40)} you are ${names(me)}`],
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
    throw new SitrepError("usage", "--reset removes your names and takes none.");
  }
  if (given.length > 0 || options.reset === true) {
    setNames(context.configFile, given, context.env);
    // Hooks read it from the cache.
    openCliCache(context, configOf(context)).close();
  }
  const { answer, strange } = whoAmI(context, options);
  printResult(options, answer, () => linesOf(answer, strange));
}
