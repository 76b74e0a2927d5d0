// `sitrep task list` and `next`: the tasks of all sources. What others wrote is cleaned before it is printed.

import type { CommandContext } from "../../config/context.ts";
import { isNext } from "../../core/brief/task-lines.ts";
import { SitrepError } from "../../core/errors.ts";
import { quotedName } from "../../core/quote.ts";
import type { RankedTask } from "../../core/task/ranking.ts";
import type { Task } from "../../core/task/task.ts";
import { firstTasks } from "./first.ts";
import type { KnownTasks } from "./known.ts";
import { namesFor, type Ranked } from "./ranked.ts";
import { blockersOf, reasonWords } from "../../core/today.ts";
import { localTime } from "../../core/time.ts";
import { taskLines } from "./lines.ts";
import { scopeOf, type ProjectOptions, type Run } from "../program/options.ts";
import { countOf, printResult, remark } from "../terminal/terminal.ts";

interface ListOptions extends ProjectOptions {
  all?: boolean;
  source?: string;
  mine?: boolean;
  blocked?: boolean;
  limit: string;
}

type Scope = Parameters<typeof firstTasks>[1];

/** All of them, loaded and read where the first ones are not enough. */
const allTasks = async (
  context: CommandContext,
  scope: Scope,
  only: string | null,
): Promise<KnownTasks> => (await import("./known.ts")).knownTasks(context, scope, only);

/** How many lines are printed; `Infinity` for 0. Throws `usage`. */
function limitOf({ limit, json }: ListOptions): number {
  const count = Number(limit);
  if (!Number.isInteger(count) || count < 0) {
    throw new SitrepError("usage", `--limit is no number of tasks: ${limit}`, {
      hint: "0 lists all of them.",
    });
  }
  return json === true || count === 0 ? Number.POSITIVE_INFINITY : count;
}

/** What is to be listed. `pending` of the first ones counts those that were not read too. */
async function meantTasks(
  context: CommandContext,
  options: ListOptions,
  most: number,
): Promise<Ranked & { ended?: readonly Task[] }> {
  const scope = scopeOf(context, options);
  const isPlain =
    options.source === undefined &&
    [options.all, options.mine, options.blocked].every((one) => one !== true);
  const first = isPlain && Number.isFinite(most) ? firstTasks(context, scope, most) : null;
  return first ?? (await allTasks(context, scope, options.source ?? null));
}

/** Why the list is empty. */
function noneWords(
  { mine, blocked, source }: ListOptions,
  { pending, isWhole }: Pick<Ranked, "pending" | "isWhole">,
): string {
  const what = [
    ...(mine === true ? ["known to be yours"] : []),
    ...(blocked === true ? ["blocked"] : []),
  ].join(" and ");
  if (pending > 0 && what !== "") return `None of ${countOf(pending, "pending task")} is ${what}.`;
  if (!isWhole) return "No pending tasks are known.";
  if (source !== undefined) return `No pending tasks in ${quotedName(source)}.`;
  return 'No pending tasks. Add one: sitrep task add "Title"';
}

/** Whom `--mine` takes the person for, in each source. */
const mineWords = (whose: Ranked["whose"]): string[] =>
  [...whose].map(([source, { me, isKnown, maybe }]) =>
    me.length > 0
      ? `In ${quotedName(source)} you are ${me.map((name) => quotedName(name)).join(" and ")}.`
      : isKnown
        ? `In ${quotedName(source)} nobody has one of your names.`
        : `Nobody in ${quotedName(source)} is known to be you: sitrep me ${maybe === null ? "NAME" : quotedName(maybe)}`,
  );

export const listTasks: Run<[], ListOptions> = async (context, options) => {
  const most = limitOf(options);
  const { ranked, ended = [], ...known } = await meantTasks(context, options, most);
  const { pending, ages } = known;
  const isChosen = ({ owner, task, waitsFor }: (typeof ranked)[number]): boolean =>
    (options.mine !== true || owner === "mine") &&
    (options.blocked !== true || task.status === "blocked" || waitsFor.length > 0);
  const chosen = ranked.filter(isChosen).map(({ task }) => task);
  const meant = options.all === true ? [...chosen, ...ended] : chosen;
  const shown = meant.slice(0, most);
  const nameOf = namesFor([...ranked.map(({ task }) => task), ...shown]);
  const waits = new Map(ranked.map((one) => [one.task, blockersOf(one)]));
  const waitsOf = (task: Task): readonly string[] => waits.get(task) ?? [];
  const isNone = pending === 0 && known.isWhole && options.json !== true;
  const left = isNone
    ? (await import("./transfer.ts")).leftLines(context, scopeOf(context, options).path)
    : [];
  printResult(options, shown, () => [
    ...(shown.length === 0 ? [noneWords(options, known)] : taskLines(shown, { nameOf, waitsOf })),
    ...ages,
    ...left,
  ]);
  if (options.mine === true) remark(...mineWords(known.whose));
  // JSON has no place for this: it goes to stderr.
  if (options.json === true && !known.isWhole) remark(...ages);
  // What was chosen among all was read whole; else there may be more than were read.
  const count =
    chosen.length < ranked.length ? meant.length : pending + meant.length - chosen.length;
  if (options.json !== true && count > shown.length) {
    remark(`${count - shown.length} more: --limit ${count}, or --limit 0 for all.`);
  }
};

/** Why it is the next, in words; where there is no reason but its place in the row, that. */
function becauseOf(next: RankedTask): string {
  const { why } = reasonWords(next, { now: Date.now(), calendar: localTime });
  const isStarted = next.task.status === "in_progress" ? ["in progress"] : [];
  return [...isStarted, ...why].join(", ") || "no other comes before it";
}

export async function nextTask(context: CommandContext, options: ProjectOptions): Promise<void> {
  const { ranked, isWhole, ages } = await allTasks(context, scopeOf(context, options), null);
  const next = ranked.find(isNext);
  const words =
    next === undefined
      ? [isWhole ? "No pending tasks." : "No pending tasks are known."]
      : [
          ...taskLines([next.task], {
            nameOf: namesFor(ranked.map(({ task }) => task)),
            hasDetails: false,
          }),
          `  because: ${becauseOf(next)}`,
        ];
  printResult(options, next ?? null, [...words, ...(isWhole ? [] : ages)]);
}
