// The brief for a session that still has its old brief in the conversation: only what changed since, or nothing.

import { quoteNotes } from "../quote.ts";
import { isGitChanged } from "../git/git-fingerprint.ts";
import type { TaskChange } from "../news/changes.ts";
import type { DeliveredState } from "../session.ts";
import { peerKey, peerTexts, tasksOfPeers } from "../news/peers.ts";
import { newsOfPull, displayedPull } from "../pull-request/pull-request.ts";
import { pullText } from "../pull-request/pull-request-text.ts";
import { dateLine, pastTimeText } from "../time.ts";
import type { BriefInput } from "./brief-input.ts";
import { changeLine } from "./change-lines.ts";
import { fit, briefLines, moreLines, type BriefLine } from "./fit.ts";
import { gitLine, operationTexts } from "./git-lines.ts";
import { maxBriefLength } from "./options.ts";
import { refUpdateTexts, newlyDue, newlyUnblocked, type Since } from "./since-lines.ts";
import { sourceTexts } from "./source-lines.ts";
import { isNext, taskLine, textContext, type TextContext } from "./task-lines.ts";
import { createTaskList, type TaskList } from "./task-list.ts";

export interface LastDelivered extends Since {
  delivered: DeliveredState;
  unreported: readonly TaskChange[];
  hadNews: boolean;
}

function taskTexts(list: TaskList | null, last: LastDelivered, context: TextContext): string[] {
  const named = new Set(last.unreported.map((change) => change.taskId));
  const ranked = (list?.ranked ?? []).filter(({ task }) => !named.has(task.id));
  const free = newlyUnblocked(ranked, last.changes);
  const due = newlyDue(ranked, context.calendar(last.at), context);
  return [
    ...last.unreported.map((change) => changeLine(change)).filter((line) => line !== null),
    ...free.map((one) => `No longer blocked: ${taskLine(one, context)}`),
    ...due
      .filter((one) => !free.includes(one))
      .map((one) => `Newly due: ${taskLine(one, context)}`),
  ];
}

const sourcesChanged = (input: BriefInput, { delivered }: LastDelivered): boolean =>
  input.sources.some(
    ({ source, failure }) =>
      Object.hasOwn(delivered.sources, source) &&
      (delivered.sources[source] === null) !== (failure === null),
  );

function isPullNews({ git, pull, now }: BriefInput, { delivered, at }: LastDelivered): boolean {
  const said = git.kind === "state" ? displayedPull(pull, git.state, now) : null;
  if (said === null) return false;
  const { failed, comments, ended } = newsOfPull(said.pull, delivered.pulls ?? [], at);
  return failed.length + comments.length > 0 || ended !== null;
}

export function renderResumeBrief(input: BriefInput, last: LastDelivered): string | null {
  const context = textContext(input);
  const { style } = context;
  const list = createTaskList({ ...input, taken: tasksOfPeers(input.peers) });
  const changed = taskTexts(list, last, context);
  const updates = refUpdateTexts(last);
  const known = new Set(last.delivered.peers);
  const peers = input.peers.filter(
    (peer) => peer.isOtherTask === undefined && !known.has(peerKey(peer)),
  );
  const gitChanged =
    input.git.kind === "state" && isGitChanged(last.delivered.git, input.git.state);
  const pull = isPullNews(input, last) ? pullText(input, style.labeled) : [];
  const isNothing =
    changed.length + updates.length + peers.length + pull.length === 0 && !gitChanged;
  if (isNothing && !sourcesChanged(input, last)) return null;
  const next = list?.ranked.find(isNext);
  const isKnown = list?.isKnown === true;
  const git = gitChanged
    ? [...operationTexts(input.git), gitLine(input.git, context, input.now)]
    : [];
  const tail: BriefLine[] = [
    ...briefLines(70, git),
    ...briefLines(68, pull),
    ...briefLines(50, updates.length === 0 ? [] : [style.labeled("Branches", updates.join("; "))]),
    ...briefLines(65, peerTexts(peers, input.now)),
    ...briefLines(
      60,
      next === undefined ? [] : [style.labeled("Next", taskLine(next, context, { isKnown }))],
    ),
  ];
  const ages = sourceTexts(input, context);
  const note = quoteNotes([...changed, ...ages, ...tail.map(({ text }) => text)]);
  const when = pastTimeText(input.calendar(last.at), context.now);
  const since = `${last.hadNews ? "Also changed" : "Changed"} since ${when}:`;
  const head = [style.heading(dateLine(context.now)), ...note, ...ages, since].join(" ");
  const build = (entries: number): BriefLine[] => [
    { text: head, weight: 100 },
    ...briefLines(40, changed.slice(0, entries).map(style.item)),
    ...moreLines(changed.length - entries),
    ...tail,
  ];
  return fit(changed.length, build, Math.min(input.options.maxCharacters, maxBriefLength)).text;
}
