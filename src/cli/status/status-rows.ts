import { offText } from "../../config/off.ts";
import { failureReason } from "../../core/brief/source-lines.ts";
import { ageText, agoText } from "../../core/time.ts";
import { localProgramHint } from "../../sources/locate-program.ts";
import type { Cell, Line } from "../../state/output/styled.ts";
import { signInText } from "../sign-in/signed-in-as.ts";
import {
  errorStyle,
  faint,
  goodStyle,
  nameStyle,
  strong,
  warningStyle,
} from "../terminal/styles.ts";
import { table, wrapped } from "../terminal/table.ts";
import { countText } from "../terminal/terminal.ts";
import type { Status } from "./read-status.ts";

type SourceStatus = Status["responses"][number];

const freshnessStyles = {
  fresh: goodStyle,
  stale: warningStyle,
  expired: errorStyle,
  absent: faint,
};

const inText = (at: number, now: number): string => `in ${ageText(Math.max(0, at - now))}`;

/** Says the latest reason, the time since the first failure, and when the next attempt is. */
const failureText = (
  { since, code, nextTryAt }: NonNullable<SourceStatus["failure"]>,
  now: number,
) =>
  `${failureReason(code)}, failing for ${ageText(Math.max(0, now - since))}, next attempt ${inText(nextTryAt, now)}`;

const day = 86_400_000;

/** For a source that answers: `failed 2 h ago (source-timeout), next refresh in 4 min`. */
function calmText({ failure, lastFailure, nextTryAt }: SourceStatus, now: number): string[] {
  if (failure !== null) return [];
  const isRecent = lastFailure !== null && Math.abs(now - lastFailure.at) < day;
  return [
    ...(isRecent ? [`failed ${agoText(lastFailure.at, now)} (${lastFailure.code})`] : []),
    ...(nextTryAt === null ? [] : [`next refresh ${inText(nextTryAt, now)}`]),
  ];
}

function responseRow(response: SourceStatus, now: number): Cell[] {
  const { what, freshness, fetchedAt, pending: open, failure, wayOut } = response;
  const words = [
    fetchedAt === null ? "never read" : `read ${agoText(fetchedAt, now)}`,
    ...(open === null || fetchedAt === null ? [] : [`${open} open`]),
    ...(failure === null ? [] : [failureText(failure, now)]),
    ...calmText(response, now),
    ...(wayOut === null ? [] : [wayOut]),
  ].join(", ");
  // Never show a failing source as fresh, even if its last successful read is recent.
  const isFailing = failure !== null && freshness === "fresh";
  const state = isFailing ? warningStyle("failing") : freshnessStyles[freshness](freshness);
  return [`  ${what}`, state, failure === null ? words : warningStyle(words)];
}

function sourceLines({ sources }: Status, width: number | null, now: number): Line[] {
  const rows = sources.flatMap((one): Cell[][] => {
    const words = [
      one.type,
      one.origin,
      ...(one.secret === null ? [] : [`secret ${one.secret}`]),
      ...(one.signIn === null ? [] : [signInText(one.signIn, now)]),
      `from ${one.from}`,
    ].join(" · ");
    const row = one.from === "built-in" ? [] : [[`  ${one.name}`, words]];
    if (one.meansFolder === null) return row;
    const why = `Not started: it is for all projects and depends on the folder it starts in (${one.meansFolder}). ${localProgramHint(one.name)}`;
    return [...row, ["", warningStyle(why)]];
  });
  if (rows.length === 0) return [];
  return [strong("Sources"), ...table(rows, { width, overflow: "wrap" })];
}

function monitorText({ monitor, isOff, installedIn }: Status, now: number): Cell {
  if (monitor === null) {
    if (installedIn.length === 0) return faint("not running; sessions do not start it");
    if (isOff) return warningStyle("not running while Sitrep is off");
    return warningStyle("not running; the next session starts it");
  }
  const { pid, use } = monitor;
  if (!monitor.isHealthy)
    return errorStyle(`process ${pid} is not making progress: sitrep restart`);
  const running = `running, process ${pid}, version ${monitor.version}`;
  if (use === null) return `${running}, since ${agoText(monitor.startedAt, now)}`;
  const share = (100 * use.processorMs) / Math.max(1, use.upMs);
  const megabytes = Math.round(use.residentBytes / 1024 ** 2);
  return `${running}, for ${ageText(use.upMs)}, ${megabytes} MiB, ${share.toFixed(1)} % of a core`;
}

/** The first problem to fix. Omits switches, shown above, and problems that pass with time, shown at their source. */
function wrongLines({ wrong }: Status, width: number | null): Line[] {
  const [first, ...more] = wrong.filter(
    ({ name: check, fix }) => check !== "switches" && fix !== undefined,
  );
  if (first === undefined) return [];
  return [
    ...wrapped(warningStyle(`First: ${first.name}: ${first.detail}`), width),
    ["    ", strong(first.fix ?? "")],
    ...(more.length === 0 ? [] : [`${more.length} more: sitrep doctor`]),
  ];
}

function factRows(status: Status, now: number): Cell[][] {
  const { cacheError, cacheMessage, installedIn, hookFailures } = status;
  const cache =
    cacheError === "database-missing"
      ? faint("none yet")
      : errorStyle(`cannot be read. ${cacheMessage}`);
  const last = hookFailures.at(-1);
  const files = installedIn.length > 0 ? installedIn : [faint("no project: sitrep install")];
  return [
    ["Monitor", monitorText(status, now)],
    ...(cacheError === null ? [] : [["Cache", cache]]),
    ...files.map((file, at) => [at === 0 ? "Hooks in" : "", file]),
    ...(last === undefined
      ? []
      : [
          [
            "Failures",
            warningStyle(
              `${countText(hookFailures.length, "hook failure")} in 24 h; the last ${agoText(last.at, now)}: ${last.event}, ${last.code}`,
            ),
          ],
        ]),
  ];
}

export function statusLines(status: Status, width: number | null, now: number): Line[] {
  const projects = [...new Set(status.responses.map(({ project }) => project))];
  const off = [
    ...status.off.map(offText),
    ...status.projectsOff.map(
      (one) => `Sitrep is off in ${one}; to turn it on: sitrep on --project ${one}`,
    ),
  ];
  return [
    strong(`Sitrep ${status.version}`),
    ...off.flatMap((text) => wrapped(warningStyle(text), width)),
    ...wrongLines(status, width),
    ...table(factRows(status, now), { width, overflow: "wrap" }),
    ...projects.flatMap((project): Line[] => {
      const responses = status.responses.filter((one) => one.project === project);
      const rows = responses.map((one) => responseRow(one, now));
      return [nameStyle(project), ...table(rows, { width, overflow: "wrap" })];
    }),
    ...sourceLines(status, width, now),
  ];
}
