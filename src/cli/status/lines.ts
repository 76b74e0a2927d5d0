// `sitrep status` as a person reads it.

import { offText } from "../../config/off.ts";
import { failureWords } from "../../core/brief/source-lines.ts";
import { ageWords, agoWords } from "../../core/time.ts";
import { onlyHereHint } from "../../sources/program-place.ts";
import type { Cell, Line } from "../../state/output/styled.ts";
import { bad, faint, good, name, strong, warning } from "../terminal/styles.ts";
import { table, wrapped } from "../terminal/table.ts";
import { signInWords } from "../sign-in/words.ts";
import { countOf } from "../terminal/terminal.ts";
import type { Status } from "./read.ts";

type Answer = Status["answers"][number];

const freshnessStyles = { fresh: good, stale: warning, expired: bad, absent: faint };

/** The latest reason and the whole length: `cannot be reached, failing for 2 min, next try in 57 s`. */
const failureText = ({ since, code, nextTryAt }: NonNullable<Answer["failure"]>, now: number) =>
  `${failureWords(code)}, failing for ${ageWords(Math.max(0, now - since))}, next try in ${ageWords(Math.max(0, nextTryAt - now))}`;

const day = 86_400_000;

/** `failed 2 h ago (source-timeout), asked again in 4 min`, of a source that answers. */
function calmWords({ failure, lastFailure, nextTryAt }: Answer, now: number): string[] {
  if (failure !== null) return [];
  const isOfToday = lastFailure !== null && Math.abs(now - lastFailure.at) < day;
  return [
    ...(isOfToday ? [`failed ${agoWords(lastFailure.at, now)} (${lastFailure.code})`] : []),
    ...(nextTryAt === null ? [] : [`asked again in ${ageWords(Math.max(0, nextTryAt - now))}`]),
  ];
}

function answerRow(answer: Answer, now: number) {
  const { what, freshness, fetchedAt, pending, failure, wayOut } = answer;
  const words = [
    fetchedAt === null ? "never read" : `read ${agoWords(fetchedAt, now)}`,
    ...(pending === null || fetchedAt === null ? [] : [`${pending} pending`]),
    ...(failure === null ? [] : [failureText(failure, now)]),
    ...calmWords(answer, now),
    ...(wayOut === null ? [] : [wayOut]),
  ].join(", ");
  // What was read a moment ago and cannot be read now is not called fresh.
  const isFailing = failure !== null && freshness === "fresh";
  const state = isFailing ? warning("failing") : freshnessStyles[freshness](freshness);
  return [`  ${what}`, state, failure === null ? words : warning(words)];
}

function sourceLines({ sources }: Status, width: number | null, now: number): Line[] {
  const rows = sources.flatMap((one): Cell[][] => {
    const words = [
      one.type,
      one.origin,
      ...(one.secret === null ? [] : [`secret ${one.secret}`]),
      ...(one.signIn === null ? [] : [signInWords(one.signIn, now)]),
      `from ${one.from}`,
    ].join(" · ");
    const row = [["  ", one.name].join(""), words];
    if (one.meansFolder === null) return one.from === "built-in" ? [] : [row];
    const why = `Not started: it is for all projects and means one (${one.meansFolder}). ${onlyHereHint(one.name)}`;
    return [...(one.from === "built-in" ? [] : [row]), ["", warning(why)]];
  });
  if (rows.length === 0) return [];
  return [strong("Sources"), ...table(rows, { width, overflow: "wrap" })];
}

function monitorWords({ monitor, isOff, installedIn }: Status, now: number): Cell {
  if (monitor === null) {
    if (installedIn.length === 0) return faint("not running; no session starts it");
    if (isOff) return warning("not running while Sitrep is off");
    return warning("not running; the next session starts it");
  }
  if (!monitor.isHealthy) return bad(`process ${monitor.pid} makes no progress; sitrep restart`);
  const { pid, use } = monitor;
  const running = `running, process ${pid}, version ${monitor.version}`;
  if (use === null) return `${running}, since ${agoWords(monitor.startedAt, now)}`;
  const share = (100 * use.processorMs) / Math.max(1, use.upMs);
  const megabytes = Math.round(use.residentBytes / 1024 ** 2);
  return `${running}, for ${ageWords(use.upMs)}, ${megabytes} MiB, ${share.toFixed(1)} % of a core since then`;
}

/** What to mend first, with its command; what is off is said already, and what only time mends stands with its source. */
function wrongLines({ wrong }: Status, width: number | null): Line[] {
  const [first, ...more] = wrong.filter(
    ({ name: check, fix }) => check !== "switches" && fix !== undefined,
  );
  if (first === undefined) return [];
  const others = more.length === 0 ? [] : [`${countOf(more.length, "thing")} more: sitrep doctor`];
  return [
    ...wrapped(warning(`First: ${first.name}: ${first.detail}`), width),
    ["    ", strong(first.fix ?? "")],
    ...others,
  ];
}

/** `width`: of the terminal; null in a pipe. */
export function statusLines(status: Status, width: number | null, now: number): Line[] {
  const last = status.hookFailures.at(-1);
  const facts: Cell[][] = [
    ["Monitor", monitorWords(status, now)],
    ...(status.cacheMessage === null
      ? []
      : [
          [
            "Cache",
            status.cacheError === "database-missing"
              ? faint("none yet")
              : bad(`cannot be read. ${status.cacheMessage}`),
          ],
        ]),
    ...status.installedIn.map((file, at) => [at === 0 ? "Hooks in" : "", file]),
    ...(status.installedIn.length === 0 ? [["Hooks in", faint("no project; sitrep install")]] : []),
    ...(last === undefined
      ? []
      : [
          [
            "Failures",
            warning(
              `of hooks in 24 h: ${status.hookFailures.length}, the last ${agoWords(last.at, now)}: ${last.event}, ${last.code}`,
            ),
          ],
        ]),
  ];
  const projects = [...new Set(status.answers.map(({ project }) => project))];
  return [
    strong(`Sitrep ${status.version}`),
    ...status.off.flatMap((one) => wrapped(warning(offText(one)), width)),
    ...status.projectsOff.flatMap((one) =>
      wrapped(warning(`Sitrep is off in ${one}; on again: sitrep on --project ${one}`), width),
    ),
    ...wrongLines(status, width),
    ...table(facts, { width, overflow: "wrap" }),
    ...projects.flatMap((project): Line[] => [
      name(project),
      ...table(
        status.answers.filter((one) => one.project === project).map((one) => answerRow(one, now)),
        { width, overflow: "wrap" },
      ),
    ]),
    ...sourceLines(status, width, now),
  ];
}
