// https://git-scm.com/docs/git-status#_porcelain_format_version_2

import type { GitCommit, GitCounts, GitState, GitUpstream } from "../core/git/git-state.ts";

export type StatusReport = Required<
  Pick<GitState, "branch" | "head" | "upstream" | "counts" | "stashes" | "paths" | "submodules">
> & { tracked: readonly string[] };

function countEntry(counts: GitCounts, line: string): void {
  if (line.startsWith("? ")) counts.untracked += 1;
  else if (line.startsWith("u ")) counts.conflicted += 1;
  else {
    if (line.charAt(2) !== ".") counts.staged += 1;
    if (line.charAt(3) !== ".") counts.modified += 1;
  }
}

const fieldsBefore: Record<string, number> = { "1": 8, "2": 9, u: 10, "?": 1 };
const maxPaths = 300;

/** The path of an entry, which may contain spaces. */
const pathOf = (line: string): string =>
  line.split(" ").slice(fieldsBefore[line.charAt(0)]).join(" ");

type Paths = Record<"conflicted" | "changed" | "tracked" | "submodules", string[]>;

function addPath(paths: Paths, line: string): void {
  const put = (list: string[]): unknown => list.length < maxPaths && list.push(pathOf(line));
  put(line.startsWith("u ") ? paths.conflicted : paths.changed);
  if (/^[12] /.test(line)) put(paths.tracked);
  if (/^[12] .. S/.test(line)) put(paths.submodules);
}

function upstreamOf(name: string | undefined, distance: string | undefined): GitUpstream | null {
  if (name === undefined) return null;
  const [, ahead, behind] = /^\+(\d+) -(\d+)$/.exec(distance ?? "") ?? [];
  return {
    name,
    ahead: Number(ahead ?? 0),
    behind: Number(behind ?? 0),
    gone: ahead === undefined,
  };
}

/** Reads the response to `statusArgs`. A file that is both staged and modified counts as both. */
export function parseStatus(output: string): StatusReport {
  const counts: GitCounts = { staged: 0, modified: 0, untracked: 0, conflicted: 0 };
  const headers = new Map<string, string>();
  const paths: Paths = { conflicted: [], changed: [], tracked: [], submodules: [] };
  const fields = output.split("\0");
  for (let index = 0; index < fields.length; index += 1) {
    const field = fields[index] ?? "";
    const [, name, value = ""] = /^# (?:branch\.)?(\w+) (.*)$/s.exec(field) ?? [];
    if (name !== undefined) headers.set(name, value);
    else if (/^[12u?] /.test(field)) {
      countEntry(counts, field);
      addPath(paths, field);
    }
    // A renamed entry is followed by a field with the old path.
    if (field.startsWith("2 ")) index += 1;
  }
  const [oid, head] = [headers.get("oid"), headers.get("head")];
  const { conflicted, changed, tracked, submodules } = paths;
  return {
    branch: head === undefined || head === "(detached)" ? null : head,
    head: oid === undefined || oid === "(initial)" ? null : oid,
    upstream: upstreamOf(headers.get("upstream"), headers.get("ab")),
    counts,
    stashes: Number(headers.get("stash") ?? 0),
    paths: { conflicted, changed },
    tracked,
    submodules,
  };
}

/** Reads the response to `logArgs`; times are in UTC. */
export function parseLog(output: string): GitCommit[] {
  return output.split("\0").flatMap((record) => {
    const [id, author, at, ...subject] = record.replace(/^\n/, "").split("\n");
    const instant = Date.parse(at ?? "");
    if (id === undefined || author === undefined || Number.isNaN(instant)) return [];
    return [{ id, author, at: new Date(instant).toISOString(), subject: subject.join(" ").trim() }];
  });
}

/** Reads the response to `rev-list --left-right --count`; undefined for any other text. */
export function parseDistance(output: string): { ahead: number; behind: number } | undefined {
  const [, ahead, behind] = /^(\d+)\t(\d+)\n$/.exec(output) ?? [];
  return ahead === undefined ? undefined : { ahead: Number(ahead), behind: Number(behind) };
}
