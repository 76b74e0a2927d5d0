// What a commit message says about tasks: closing words, the merged branch, the pull request. An ambiguous sentence
// counts for nothing.

/** A commit of the default branch. `at`: its committer's date, epoch milliseconds. */
export interface BaseCommit {
  id: string;
  parents: readonly string[];
  tree: string;
  at: number;
  /** Cut to some thousand characters. */
  message: string;
}

export const commitSubject = ({ message }: Pick<BaseCommit, "message">): string =>
  message.split("\n", 1)[0] ?? "";

const issueUrl = String.raw`https?://[^\s<>"']+/issues/\d+`;
const numbered = String.raw`(?:[\w.-]+(?:/[\w.-]+)+)?#\d+`;
const key = String.raw`[A-Za-z][A-Za-z0-9_]*(?:[-.][A-Za-z0-9]+)+`;
const reference = `(?:${issueUrl}|${numbered}|${key})`;
const verb = "close[sd]?|fix(?:e[sd])?|resolve[sd]?|implement(?:s|ed)|complete[sd]";
/** The keywords of GitHub, GitLab, Gitea and Linear, before ids that end the phrase: "fix T-7 tests" does not finish T-7. */
const closing = new RegExp(
  String.raw`(?<![\w"'\`/#-])(?:${verb})(?:\s+(?:issues?|tasks?|tickets?|bugs?))?:?\s+` +
    String.raw`(${reference}(?:(?:,?\s+and\s+|,\s*|\s*&\s*)${reference})*)` +
    String.raw`(?=\s*(?:$|[,;:)\]!]|\.(?!\w)|\(#\d+\)|(?:by|with|and)\b|[-–—]\s))`,
  "gim",
);
const smartCommit = new RegExp(
  String.raw`^\W*(${key})\s+#(?:done|close[sd]?|resolve[sd]?)\b`,
  "gim",
);

/** Words before the keyword that deny the closing, or only hope for it. */
const doubtBefore =
  /\b(?:not|never|cannot|no|\w+n['’]t|without|partial(?:ly)?|partly|almost|nearly|attempts?|try|tries|tried|trying|helps?|might|may|can|could|would|should|shall|will|to|towards?|until|before|once|when|if|unless|after|that|which|starts?|started|instead|of|than|revert\w*)\b/i;
/** Words in the line that say only a part is done. */
const hedge =
  /\b(?:partial(?:ly)?|partly|in part|part (?:of|\d+|one|two)|half of|not yet|almost|temporar\w+|for now|wip|step \d+|\d+ ?(?:\/|of) ?\d+|remaining|still|todo|follow-?ups?|prepare[sd]?|preparation)\b|\?/i;
const takenBack = /\b(?:reverts?|reverted|re-?open(?:s|ed)?|back(?:s|ed)? out|git-subtree-\w+)\b/i;
/** Release notes of other projects: their numbers belong to other trackers. */
const dependencies = /^(?:bump |\w+\(deps|squashed ')/i;
const listedCommit = /^\s*[*-]?\s*[0-9a-f]{7,40}\b/;

export const isHedged = (line: string): boolean => hedge.test(line);

/** Drops quotations, code and lists of other commits. */
function ownLines(message: string): string {
  let isFenced = false;
  const lines = message.split("\n").filter((line) => {
    const isFence = line.trimStart().startsWith("```");
    if (isFence) isFenced = !isFenced;
    return !isFence && !isFenced && !/^(?: {4}|\t|\s*>)/.test(line) && !listedCommit.test(line);
  });
  return lines.join("\n");
}

/** The references that a message closes, as they are written: `#42`, `owner/repo#42`, an issue's address, `PROJ-7`. */
export function findClosings(message: string): string[] {
  if (takenBack.test(message) || dependencies.test(message)) return [];
  return ownLines(message)
    .split(/\n\s*\n/)
    .flatMap((paragraph) =>
      [...paragraph.matchAll(closing), ...paragraph.matchAll(smartCommit)].flatMap((match) => {
        const { 0: whole, 1: list = "", index } = match;
        const before = paragraph.slice(Math.max(0, index - 80), index);
        const clause = before.split(/[.,;:()]/).at(-1) ?? "";
        const rest = paragraph.slice(index + whole.length).split("\n", 1)[0] ?? "";
        const line = `${before.split("\n").at(-1)}${whole}${rest}`;
        const isDoubtful = doubtBefore.test(clause.trim().split(/\s+/).slice(-3).join(" "));
        return isDoubtful || isHedged(line) ? [] : list.split(/,\s*and\s+|,\s*|\s+and\s+|\s*&\s*/i);
      }),
    );
}

/** The possible names of the branch that a merge commit merged; a host writes the owner before it. */
export function mergedBranches(commit: Pick<BaseCommit, "message" | "parents">): string[] {
  if (commit.parents.length < 2) return [];
  const [what = ""] = commitSubject(commit).split(/ into (?=\S+$)/);
  const request =
    /^Merge pull request (?:'.*' )?\(?#\d+\)? from (\S+)$/.exec(what)?.[1] ??
    /^Merged in (\S+) \(pull request #\d+\)$/.exec(what)?.[1];
  const plain = /^Merge (?:remote-tracking )?branch(?:es)? '/.test(what)
    ? [...what.matchAll(/'([^']+)'/g)].map(([, name = ""]) => name)
    : [];
  const names = request === undefined ? plain : [request];
  return names
    .flatMap((name) => [name, name.slice(name.indexOf("/") + 1)])
    .filter((name) => !/(?:^|\/)revert-/.test(name));
}

/** `12` of `Merge pull request #12 from …` and of a squash's `Add login (#12)`. */
export const findPullNumber = (commit: Pick<BaseCommit, "message">): string | undefined => {
  const subject = commitSubject(commit);
  return (
    /^Merge pull request (?:'.*' \()?#(\d+)/.exec(subject)?.[1] ??
    /\((?:pull request )?#(\d+)\)\s*$/.exec(subject)?.[1]
  );
};

/** Whether a text has the id as a word of its own: `T-1` is not in `T-10`, `T-1-x` or `T-1.2`. */
export function mentions(text: string, id: string): boolean {
  const word = id.replace(/[^\w]/g, "\\$&");
  return new RegExp(`(?<![\\w-])${word}(?![\\w-]|\\.\\d)`, "i").test(text);
}
