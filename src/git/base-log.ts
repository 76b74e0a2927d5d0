// Reads the last commits of the default branch with their messages, and the branches beside it.

import type { BaseCommit } from "../core/git/base-commit.ts";
import type { AskGit } from "./hardened.ts";

const maxCommits = 1000;
const maxMessageLength = 8000;

/** The newest first; null if git fails. */
export async function readBaseLog(tip: string, ask: AskGit): Promise<BaseCommit[] | null> {
  const format = "--format=%H%n%T%n%P%n%ct%n%B";
  const bound = `--max-count=${maxCommits}`;
  const args = ["--no-pager", "log", "-z", bound, "--no-show-signature", format, tip, "--"];
  const response = await ask(args);
  if (response === null) return null;
  return response.split("\0").flatMap((text) => {
    const [id = "", tree = "", parents = "", seconds = "", ...message] = text.split("\n");
    if (tree === "") return [];
    return {
      id,
      tree,
      parents: parents.split(" ").filter(Boolean),
      at: Number(seconds) * 1000,
      message: message.join("\n").slice(0, maxMessageLength),
    };
  });
}

/** A local branch, or a remote-tracking one. */
export interface BranchRef {
  /** Without the remote's name. */
  name: string;
  /** Null for a local branch. */
  remote: string | null;
  commit: string;
  /** The committer's date of its last commit, epoch milliseconds. */
  at: number;
  /** True if its upstream of the same name was deleted. */
  isGone: boolean;
}

const maxBranches = 1000;

/** All branches except the default one; null if git fails or there are too many. */
export async function readBranches(base: string, ask: AskGit): Promise<BranchRef[] | null> {
  const format = "--format=%(objectname) %(committerdate:unix) %(refname) %(upstream)";
  const places = ["refs/heads", "refs/remotes"];
  const response = await ask(["for-each-ref", `--count=${maxBranches + 1}`, format, ...places]);
  const lines = response?.split("\n").filter(Boolean);
  if (lines === undefined || lines.length > maxBranches) return null;
  const refs = lines.map((line) => line.split(" "));
  const known = new Set(refs.map(([, , ref]) => ref));
  const own = base.slice(base.indexOf("/") + 1);
  return refs.flatMap(([commit = "", seconds = "", ref = "", upstream = ""]) => {
    const [, remote = null, remotes] = /^refs\/remotes\/([^/]+)\/(.+)$/.exec(ref) ?? [];
    const name = remotes ?? ref.replace("refs/heads/", "");
    if (name === own || name === base || name === "HEAD") return [];
    const isSame = /^refs\/remotes\/[^/]+\/(.+)$/.exec(upstream)?.[1] === name;
    const isGone = isSame && !known.has(upstream);
    return { name, remote, commit, at: Number(seconds) * 1000, isGone };
  });
}
