// What a session knows once a sheet of news has been told to it.

import type { GitState } from "./git-state.ts";
import type { ToldState } from "./news.ts";
import type { NewsSheet } from "./news-json.ts";
import type { SessionRecord } from "./session.ts";

/** `news` is told at any tool call, `git` at a git-related one. */
export const sheetKinds = ["news", "git"] as const;
export type SheetKind = (typeof sheetKinds)[number];

/** News of a branch, of conflicts or of the upstream tells that of git, and nothing more. */
function gitAfterNews(before: GitState | null, { told, items }: NewsSheet): GitState | null {
  const now = told.git;
  if (before === null || now === null || before.root !== now.root) return now ?? before;
  const counts = { ...before.counts, conflicted: now.counts.conflicted };
  const isUpstreamTold = items.some((item) => item.kind === "upstream");
  const upstream = isUpstreamTold ? now.upstream : before.upstream;
  return { ...before, branch: now.branch, counts, upstream };
}

function toldStateAfter(told: ToldState, kind: SheetKind, sheet: NewsSheet): ToldState {
  if (kind === "git") return { ...told, git: sheet.told.git };
  const { sources, peers } = sheet.told;
  return {
    git: gitAfterNews(told.git, sheet),
    sources,
    ...(peers === undefined ? {} : { peers }),
  };
}

/** The session's record after a sheet that was told to it. A brief given since covers all of the sheet. */
export function recordAfter(
  record: SessionRecord,
  kind: SheetKind,
  sheet: NewsSheet,
): SessionRecord {
  if (record.briefedAt > sheet.at) return record;
  return {
    ...record,
    toldAt: Math.max(record.toldAt, sheet.at),
    toldSeq: kind === "news" ? Math.max(record.toldSeq, sheet.seq) : record.toldSeq,
    told: toldStateAfter(record.told, kind, sheet),
  };
}
