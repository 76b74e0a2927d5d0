// Parses git's machine formats: `status --porcelain=v2 -z`, and our own `log` format.
// https://git-scm.com/docs/git-status#_porcelain_format_version_2

import type { GitCommit, GitCounts, GitState, GitUpstream } from "../core/git/git-state.ts";

export type StatusReport = Required<
  Pick<GitState, "branch" | "head" | "upstream" | "counts" | "stashes" | "paths" | "submodules">
> & {
  /** The files among `paths.changed` that git tracks. */
  tracked: readonly string[];
};

interface Headers {
  oid?: string;
  head?: string;
  upstream?: string;
  ab?: string;
  stash?: string;
}

function readHeader(headers: Headers, line: string): void {
  const match = /^# (?:branch\.)?(oid|head|upstream|ab|stash) (.*)$/s.exec(line);
  const key = match?.[1] as keyof Headers | undefined;
  if (key !== undefined && match?.[2] !== undefined) headers[key] = match[2];
}

function countEntry(counts: GitCounts, line: string): void {
  if (line.startsWith("? ")) counts.untracked += 1;
  else if (line.startsWith("u ")) counts.conflicted += 1;
  else {
    if (line.charAt(2) !== ".") counts.staged += 1;
    if (line.charAt(3) !== ".") counts.modified += 1;
  }
}

/** The fields before the path, by the kind of entry. */
const fieldsBefore: Record<string, number> = { "1": 8, "2": 9, u: 10, "?": 1 };
const mostPaths = 300;

/** The path of an entry, which may contain spaces. */
function pathOf(line: string): string {
  return line.split(" ").slice(fieldsBefore[line.charAt(0)]).join(" ");
}

type Paths = Record<"conflicted" | "changed" | "tracked" | "submodules", string[]>;

function addPath(paths: Paths, line: string): void {
  const path = pathOf(line);
  const put = (list: string[]): unknown => list.length < mostPaths && list.push(path);
  put(line.startsWith("u ") ? paths.conflicted : paths.changed);
  if (/^[12] /.test(line)) put(paths.tracked);
  if (/^[12] .. S/.test(line)) put(paths.submodules);
}

function upstreamOf({ upstream, ab }: Headers): GitUpstream | null {
  if (upstream === undefined) return null;
  const distance = /^\+(\d+) -(\d+)$/.exec(ab ?? "");
  return {
    name: upstream,
    ahead: Number(distance?.[1] ?? 0),
    behind: Number(distance?.[2] ?? 0),
    gone: distance === null,
  };
}

/** Reads the answer to `statusArgs`. A file that is both staged and modified counts as both. */
export function parseStatus(output: string): StatusReport {
  const counts: GitCounts = { staged: 0, modified: 0, untracked: 0, conflicted: 0 };
  const headers: Headers = {};
  const paths: Paths = { conflicted: [], changed: [], tracked: [], submodules: [] };
  const fields = output.split("\0");
  for (let index = 0; index < fields.length; index += 1) {
    const field = fields[index] ?? "";
    if (field.startsWith("# ")) readHeader(headers, field);
    else if (/^[12u?] /.test(field)) {
      countEntry(counts, field);
      addPath(paths, field);
    }
    // A renamed entry is followed by a field with the old path.
    if (field.startsWith("2 ")) index += 1;
  }
  const { oid, head } = headers;
  const { conflicted, changed, tracked, submodules } = paths;
  const isDetached = head === "(detached)";
  return {
    branch: head === undefined || isDetached ? null : head,
    head: oid === undefined || oid === "(initial)" ? null : oid,
    upstream: upstreamOf(headers),
    counts,
    stashes: Number(headers.stash ?? 0),
    paths: { conflicted, changed },
    tracked,
    submodules,
  };
}

/** Reads the answer to `logArgs`; times are in UTC. */
export function parseLog(output: string): GitCommit[] {
  return output.split("\0").flatMap((record) => {
    const [id, author, at, ...subject] = record.replace(/^\n/, "").split("\n");
    const instant = Date.parse(at ?? "");
    if (id === undefined || author === undefined || Number.isNaN(instant)) return [];
    return [{ id, author, at: new Date(instant).toISOString(), subject: subject.join(" ").trim() }];
  });
}

/** Reads the answer to `rev-list --left-right --count`; undefined for any other text. */
export function parseDistance(output: string): { ahead: number; behind: number } | undefined {
  const [, ahead, behind] = /^(\d+)\t(\d+)\n$/.exec(output) ?? [];
  return ahead === undefined ? undefined : { ahead: Number(ahead), behind: Number(behind) };
}
