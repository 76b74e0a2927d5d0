// How old the tasks are, and why: old data must not pass as current.

import { quoted, quotedName } from "../quote.ts";
import { ageMs } from "../snapshot.ts";
import { ageText, clockTime, pastTimeText } from "../time.ts";
import type { BriefOptions } from "./options.ts";
import { isIdle, servingSources, type SourceView } from "./source-view.ts";
import type { TextContext } from "./task-lines.ts";

const textByCode: Readonly<Record<string, string>> = {
  "source-timeout": "is not responding (timeout)",
  "source-unreachable": "cannot be reached",
  "source-interrupted": "drops connections",
  "source-refused": "rejects the sign-in",
  "source-rate-limited": "is rate-limiting requests",
  "source-failed": "reports an error",
  "source-invalid-response": "sent an unreadable response",
  "source-not-started": "cannot be started",
  "source-file-missing": "has no file in this working tree",
  "source-file-invalid": "cannot be read",
  "source-cooldown": "failed repeatedly and is paused for now",
  "sign-in-needed": "rejects the sign-in",
  "sign-in-missing": "needs credentials, and none are set",
  "tls-off": "is not contacted while TLS certificate checks are off",
  "keychain-failed": "has its secret in a keychain that is not responding",
  "secret-missing": "has no secret to sign in with",
  "secret-unsafe": "has a secret other users can read",
  "config-invalid": "has invalid settings",
  "git-timeout": "did not respond in time",
  "git-missing": "was not found",
  "git-failed": "failed",
  "git-untrusted": "does not trust this folder, which belongs to another user",
  "store-unreadable": "cannot be read",
  "store-replaced": "was emptied or replaced",
  "store-busy": "is locked by another program",
  "cache-busy": "is locked by another program",
  ECONNREFUSED: "refuses connections",
  ECONNRESET: "drops connections",
  ENOTFOUND: "has an address that does not resolve",
  ENOSPC: "is on a full disk",
};

/** Fixed words for a failure code; a server's own text never gets here. */
export const failureReason = (code: string): string =>
  Object.hasOwn(textByCode, code) ? String(textByCode[code]) : `failed (${code})`;

/** The command for each failure that only a person can fix; null: the settings need a change. */
const signInCommands = new Map<string, string | null>([
  ["sign-in-missing", null],
  ["sign-in-needed", "login"],
  ["source-refused", "source secret"],
  ["secret-missing", "source secret"],
  ["keychain-failed", "source secret"],
]);

export const isSignInFailure = (code: string): boolean => signInCommands.has(code);

/** The command without program and source; null if there is none. */
export const signInVerb = (code: string): string[] | null =>
  signInCommands.get(code)?.split(" ") ?? null;

/** The command that fixes a failure or shows more; null after "too many requests", when a retry makes it worse. */
export function fixLine(name: string, code: string): string | null {
  if (code === "source-rate-limited") return null;
  const verb = signInCommands.get(code);
  return verb == null ? `sitrep source test ${name}` : `sign-in needed: sitrep ${verb} ${name}`;
}

export function fixText(name: string, code: string): string {
  const verb = signInCommands.get(code);
  return verb == null ? "" : `; ask the user to run \`sitrep ${verb} ${name}\``;
}

function retryText({ failure }: SourceView, context: TextContext, now: number): string {
  if (failure === null || failure.nextTryAt <= now || isSignInFailure(failure.code)) return "";
  return `; next attempt ${clockTime(context.calendar(failure.nextTryAt))}`;
}

/** Open items that are not current tasks: `Not listed: 12 open items in 2 other lists (last written 3 weeks ago).` */
export function unlistedText(view: Pick<SourceView, "notes">, now: number): string | null {
  const { aside = [] } = view.notes;
  const count = aside.reduce((sum, one) => sum + one.count, 0);
  if (count === 0) return null;
  const newest = Math.max(...aside.map(({ changedAt }) => changedAt));
  const [first] = aside;
  const where = aside.length === 1 ? quoted(first?.place ?? "", 80) : `${aside.length} other lists`;
  const items = count === 1 ? "1 open item" : `${count} open items`;
  return `Not listed: ${items} in ${where} (last written ${ageText(ageMs(newest, now) ?? 0)} ago).`;
}

const oldExportMs = 24 * 60 * 60_000;

/** The age of an exported list's newest entry, if more than a day. */
function exportText({ notes: { writtenAt } }: SourceView, now: number): string {
  const age = writtenAt === undefined ? null : ageMs(writtenAt, now);
  return age === null || age < oldExportMs ? "" : `, newest entry ${ageText(age)} old`;
}

export function incompleteText({
  notes: { isNextOnly, total, unreadable, isCut },
}: SourceView): string {
  const unread = unreadable === 0 ? "" : `, ${unreadable} more could not be read`;
  if (isNextOnly) return ", only the next task: the server cannot list tasks";
  if (total !== null) return `, incomplete: the server has ${total}${unread}`;
  return isCut ? `, incomplete: the list is too long${unread}` : unread;
}

/** `Tasks read 12 s ago (linear).`, or the age with its reason. */
export function sourceLine(
  view: SourceView,
  context: TextContext,
  now: number,
  { isMonitorAlive, hidesCached }: { isMonitorAlive: boolean; hidesCached: boolean },
): string {
  const { freshness, fetchedAt, failure } = view;
  const name = quotedName(view.source);
  const retry = isMonitorAlive ? retryText(view, context, now) : "";
  const reason = (subject: string, code: string): string =>
    `${subject} ${failureReason(code)}${fixText(name, code)}${retry}`;
  if (freshness === "absent" || fetchedAt === null)
    return failure === null
      ? `Tasks from ${name} have not been read yet.`
      : `Tasks from ${name} are not known yet: ${reason("it", failure.code)}.`;
  const why = failure === null ? null : reason(name, failure.code);
  if (why !== null && hidesCached) return `Tasks: ${why}. Its cached tasks are not listed.`;
  const age = ageMs(fetchedAt, now);
  const which = `${name}${incompleteText(view)}${exportText(view, now)}`;
  if (freshness === "fresh" && why === null)
    return `Tasks read ${ageText(age ?? 0)} ago (${which}).`;
  const when =
    age === null
      ? "as of an unknown time (the clock was changed)"
      : `as of ${pastTimeText(context.calendar(fetchedAt), context.now)}, ${ageText(age)} ago`;
  const old = freshness === "expired" ? " They are too old to be listed." : "";
  if (why !== null) return `Tasks ${when}: ${why}.${old}`;
  const asleep = isMonitorAlive ? "" : " The monitor that refreshes them was not running.";
  const text =
    age === null
      ? `Tasks (${which}) as of an unknown time: the clock was changed.`
      : `Tasks ${when} (${which}).`;
  return `${text}${asleep}${old}`;
}

const isCurrent = (view: SourceView, now: number): boolean =>
  view.freshness === "fresh" &&
  view.failure === null &&
  view.fetchedAt !== null &&
  incompleteText(view) === "" &&
  exportText(view, now) === "";

export interface SourceTextsInput {
  sources: readonly SourceView[];
  now: number;
  isMonitorAlive: boolean;
  options: Pick<BriefOptions, "hidesCached">;
}

/** One line for all fresh and complete sources, with the oldest age, and one for each other source. */
export function sourceTexts(input: SourceTextsInput, context: TextContext): string[] {
  const { now, isMonitorAlive } = input;
  const hidesCached = input.options.hidesCached === true;
  const views = servingSources(input.sources).mentioned;
  const current = views.filter((view) => isCurrent(view, now)).filter((view) => !isIdle(view));
  const lines = views
    .filter((view) => !isCurrent(view, now))
    .map((view) => sourceLine(view, context, now, { isMonitorAlive, hidesCached }));
  const aside = views
    .filter(({ failure }) => failure === null)
    .map((view) => unlistedText(view, now))
    .filter((text) => text !== null);
  const others = [...lines, ...aside];
  if (current.length === 0) return others;
  const oldest = Math.max(...current.map((view) => ageMs(view.fetchedAt ?? now, now) ?? 0));
  const names = current.map((view) => quotedName(view.source)).join(", ");
  return [`Tasks read ${ageText(oldest)} ago (${names}).`, ...others];
}

const maxContextLength = 200;

export function contextLine({ source, notes }: SourceView): string | null {
  if (notes.context === null) return null;
  return `Project (${quotedName(source)}): ${quoted(notes.context, maxContextLength)}`;
}
