import type { CommandContext } from "../../config/context.ts";
import { isNext } from "../../core/brief/task-lines.ts";
import { SitrepError } from "../../core/errors.ts";
import type { ProjectScope } from "../../core/ports.ts";
import { quotedName } from "../../core/quote.ts";
import type { RankedTask } from "../../core/task/ranking.ts";
import type { Task } from "../../core/task/task.ts";
import { openBlockers, reasonText } from "../../core/today.ts";
import { localTime } from "../../core/time.ts";
import { locateScope, type ProjectOptions, type Run } from "../program/verb-context.ts";
import { printResult, printNotice } from "../terminal/terminal.ts";
import { cachedList } from "./cached-list.ts";
import { taskLines } from "./task-rows.ts";
import type { KnownTasks } from "./lookup.ts";
import { createTaskNamer, type Ranked } from "./ranked.ts";

interface ListOptions extends ProjectOptions {
  all?: boolean;
  source?: string;
  mine?: boolean;
  blocked?: boolean;
  limit: string;
}

type Scope = Required<ProjectScope>;

/** Imported only when called, because it loads the store and the configuration's schema. */
const allTasks = async (
  context: CommandContext,
  scope: Scope,
  only: string | null = null,
): Promise<KnownTasks> => (await import("./lookup.ts")).knownTasks(context, scope, only);

/** The maximum number of tasks to print; `Infinity` for 0 and with --json. Throws `usage`. */
function limitOf({ limit, json }: ListOptions): number {
  const count = Number(limit);
  if (!Number.isInteger(count) || count < 0) {
    throw new SitrepError("usage", `--limit must be a whole number, not "${limit}"`, {
      hint: "0 lists all tasks.",
    });
  }
  return json === true || count === 0 ? Number.POSITIVE_INFINITY : count;
}

async function tasksFor(
  context: CommandContext,
  scope: Scope,
  { source, all, mine, blocked }: ListOptions,
  most: number,
): Promise<Ranked & { ended?: readonly Task[] }> {
  const isPlain = source === undefined && [all, mine, blocked].every((one) => one !== true);
  const cached = isPlain && Number.isFinite(most) ? cachedList(context, scope, most) : null;
  return cached ?? (await allTasks(context, scope, source));
}

function noneText({ mine, blocked, source }: ListOptions, { open, isWhole }: Ranked): string {
  const what = [
    ...(mine === true ? ["known to be yours"] : []),
    ...(blocked === true ? ["blocked"] : []),
  ].join(" and ");
  if (open > 0 && what !== "") return `No open task is ${what} (${open} open).`;
  if (!isWhole) return "No known open tasks.";
  if (source !== undefined) return `No open tasks in ${quotedName(source)}.`;
  return 'No open tasks. Add one: sitrep task add "Title"';
}

/** Says which user of each source `--mine` takes for you. */
const mineText = (whose: Ranked["whose"]): string[] =>
  [...whose].map(([source, { me, isKnown, maybe }]) => {
    const where = quotedName(source);
    if (me.length > 0) {
      return `In ${where} you are ${me.map((name) => quotedName(name)).join(" and ")}.`;
    }
    if (isKnown) return `In ${where} no user matches your names.`;
    const name = maybe === null ? "NAME" : quotedName(maybe);
    return `Your name in ${where} is unknown: sitrep me ${name}`;
  });

export const listTasks: Run<[], ListOptions> = async (context, options) => {
  const most = limitOf(options);
  const scope = locateScope(context, options);
  const tasks = await tasksFor(context, scope, options, most);
  const { ranked, ended = [], open, ages, isWhole, whose } = tasks;
  const isChosen = ({ owner, task, waitsFor }: (typeof ranked)[number]): boolean =>
    (options.mine !== true || owner === "mine") &&
    (options.blocked !== true || task.status === "blocked" || waitsFor.length > 0);
  const chosen = ranked.filter(isChosen).map(({ task }) => task);
  const meant = options.all === true ? [...chosen, ...ended] : chosen;
  const shown = meant.slice(0, most);
  const nameOf = createTaskNamer([...ranked.map(({ task }) => task), ...shown]);
  const waits = new Map(ranked.map((one) => [one.task, openBlockers(one)]));
  const waitsOf = (task: Task): readonly string[] => waits.get(task) ?? [];
  const isNone = open === 0 && isWhole && options.json !== true;
  const left = isNone
    ? (await import("./transfer.ts")).orphanedProjectLines(context, scope.path)
    : [];
  printResult(options, shown, () => [
    ...(shown.length === 0 ? [noneText(options, tasks)] : taskLines(shown, { nameOf, waitsOf })),
    ...ages,
    ...left,
  ]);
  if (options.mine === true) printNotice(...mineText(whose));
  if (options.json === true) {
    // JSON has no place for this: it goes to stderr.
    return isWhole ? undefined : printNotice(...ages);
  }
  // A filter sees every task, so its count is complete. Otherwise, sources may have more tasks than were read.
  const count = chosen.length < ranked.length ? meant.length : open + meant.length - chosen.length;
  if (count > shown.length) {
    printNotice(`${count - shown.length} more: --limit ${count}, or --limit 0 for all.`);
  }
};

function becauseOf(next: RankedTask): string {
  const { why } = reasonText(next, { now: Date.now(), calendar: localTime });
  const isStarted = next.task.status === "in_progress" ? ["in progress"] : [];
  return [...isStarted, ...why].join(", ") || "no other task comes before it";
}

export const nextTask: Run = async (context, options) => {
  const { ranked, isWhole, ages } = await allTasks(context, locateScope(context, options));
  const next = ranked.find(isNext) ?? null;
  const nameOf = createTaskNamer(ranked.map(({ task }) => task));
  const words =
    next === null
      ? [isWhole ? "No open tasks." : "No known open tasks."]
      : [...taskLines([next.task], { nameOf, hasDetails: false }), `  because: ${becauseOf(next)}`];
  printResult(options, next, [...words, ...(isWhole ? [] : ages)]);
};
