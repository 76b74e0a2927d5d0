// The questions of an agent that starts work. Each has two independent halves: the true answer, read from the real
// state (git, the servers' own items, the world's clock), and the claims of a text, read from that text alone.

import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { day, person, saturday, type Clone, type Item, type Tracker, type World } from "./world.ts";

export interface Question {
  ask: string;
  /** The true answer. Null: there is nothing to say, so a text without a claim is right. */
  truth: (world: World) => string | null | Promise<string | null>;
  /** Every claim of the text about this question. */
  claims: (text: string) => string[];
}

export type Verdict = "right" | "unanswered" | "false";

export async function judge(
  question: Question,
  world: World,
  text: string | null,
): Promise<{ verdict: Verdict; truth: string | null; claims: string[] }> {
  const truth = await question.truth(world);
  const claims = question.claims(text ?? "");
  const isFalse = claims.some((claim) => claim !== truth);
  const verdict = isFalse ? "false" : truth === null || claims.length > 0 ? "right" : "unanswered";
  return { verdict, truth, claims };
}

const unquoted = (text: string): string => text.replace(/^"(.*)"$/, "$1");
const matches = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].map((match) => unquoted(match.slice(1).find(Boolean) ?? match[0]));

const bold = (text: string): string => text.replaceAll("**", "");
/** The text of the repository's line, without its label. */
const gitText = (text: string): string =>
  /^-? ?Git(?:[ ,][^:\n]*(?::\d\d[^:\n]*)*)?: (.*)$/m.exec(bold(text))?.[1] ?? "";
/** The same text without its quoted parts. */
const gitOwn = (text: string): string => gitText(text).replace(/"[^"]*"/g, "");
const nextText = (text: string): string =>
  /^(?:- )?(?:Next|The session's next task)[^:\n]*: .*$/m.exec(bold(text))?.[0] ?? "";

// Git ------------------------------------------------------------------------------------------------------------

const gitDirOf = (clone: Clone): string =>
  clone.ask("rev-parse", "--absolute-git-dir") ?? join(clone.folder, ".git");
const inGitDir = (clone: Clone, name: string): string | null => {
  const file = join(gitDirOf(clone), name);
  return existsSync(file) ? readFileSync(file, "utf8").trim() : null;
};

/** The current branch: checked out, being rebased, or the start of a bisect. */
export function branchOf(clone: Clone): string | null {
  const own = clone.ask("symbolic-ref", "--short", "-q", "HEAD");
  if (own !== null) return own;
  const rebased =
    inGitDir(clone, "rebase-merge/head-name") ?? inGitDir(clone, "rebase-apply/head-name");
  // The name may not be a branch: "detached HEAD", or the commit at which a bisect started.
  const name = rebased?.replace("refs/heads/", "") ?? inGitDir(clone, "BISECT_START");
  return name !== null && clone.ask("rev-parse", "-q", "--verify", `refs/heads/${name}`) !== null
    ? name
    : null;
}

export const whichBranch = (of: (world: World) => Clone = ({ project }) => project): Question => ({
  ask: "What is checked out?",
  truth: async (world) => {
    const clone = of(world);
    const branch = clone.ask("symbolic-ref", "--short", "-q", "HEAD");
    const tags = clone.ask("tag", "--points-at", "HEAD", "--sort=-version:refname") ?? "";
    const underWay = await operation.truth(world);
    if (branch === null && /^(?:rebase|bisect)/.test(underWay ?? "")) return "detached";
    const tag = underWay === null ? (tags.split("\n")[0] ?? "") : "";
    const id = (clone.ask("rev-parse", "HEAD") ?? "").slice(0, 9);
    return branch ?? `detached at ${tag === "" ? id : tag}`;
  },
  claims: (text) =>
    matches(gitText(text), /^(detached(?: at [^\s,;]+)?|"[^"]*"|[^\s,;]+)/g).filter(
      (one) => !["this", "not"].includes(one),
    ),
});

const countKinds = ["in conflict", "staged", "modified", "untracked"] as const;

export const uncommitted = (of: (world: World) => Clone = ({ project }) => project): Question => ({
  ask: "What is not committed, and how much?",
  truth: (world) => {
    const status = of(world).git("status", "--porcelain=v1").split("\n").filter(Boolean);
    const isUnmerged = (line: string): boolean => /^(?:DD|AA|.U|U.)/.test(line);
    const counts = {
      "in conflict": status.filter(isUnmerged).length,
      staged: status.filter((line) => !isUnmerged(line) && /^[^ ?]/.test(line)).length,
      modified: status.filter((line) => !isUnmerged(line) && /^[^?][^ ?]/.test(line)).length,
      untracked: status.filter((line) => line.startsWith("??")).length,
    };
    const words = countKinds.flatMap((kind) =>
      counts[kind] === 0 ? [] : `${counts[kind]} ${kind}`,
    );
    return words.length === 0 ? "clean" : words.join(", ");
  },
  claims: (text) => {
    const found = matches(
      gitOwn(text),
      /\b(\d+ (?:in conflict|staged|modified|untracked)|clean)\b/g,
    );
    return found.length === 0 ? [] : [found.join(", ")];
  },
});

export const pushed: Question = {
  ask: "Is this branch pushed, and how does it stand to what was pushed?",
  truth: ({ project }) => {
    const branch = branchOf(project);
    const remotes = (project.ask("remote") ?? "").split("\n").filter(Boolean);
    if (remotes.length === 0) return "no remote";
    if (branch === null) return null;
    const upstream = project.ask("rev-parse", "--abbrev-ref", `${branch}@{upstream}`);
    if (upstream === null) {
      const isConfigured = project.ask("config", `branch.${branch}.merge`) !== null;
      if (isConfigured) return "gone";
      const refs = project.git("for-each-ref", "--format=%(refname:lstrip=3)", "refs/remotes");
      return refs.split("\n").includes(branch) ? "no upstream" : "not pushed";
    }
    const [ahead, behind] = project
      .git("rev-list", "--left-right", "--count", `${branch}...${upstream}`)
      .trim()
      .split("\t");
    return ahead === "0" && behind === "0" ? "level" : `${ahead} ahead, ${behind} behind`;
  },
  claims: (text) => {
    const place = placeIn(text);
    // A branch that tracks another one may not be pushed itself: that is another question.
    const fixed = matches(place, /\b(no remote|(?<!; )not pushed|no upstream)\b/g);
    if (/, (?:deleted on|its upstream)\b/.test(place)) fixed.push("gone");
    return [
      ...fixed,
      ...distancesIn(text)
        .filter(({ isMain }) => !isMain)
        .map(wordsOf),
    ];
  },
};

const wordsOf = ({ ahead, behind }: Distance): string =>
  ahead === 0 && behind === 0 ? "level" : `${ahead} ahead, ${behind} behind`;

interface Distance {
  ahead: number;
  behind: number;
  isMain: boolean;
}

/** The text about the branch itself, before its files. */
const placeIn = (text: string): string =>
  gitText(text).split(/; (?:clean|\d+ (?:in conflict|staged|modified|untracked))/)[0] ?? "";

/** `same commits as X`, `X: 2 ahead (1 of them there under different hashes), 1 behind`. */
function distancesIn(text: string): Distance[] {
  const place = placeIn(text);
  const branch = branchNameIn(text);
  const name = '("[^"]*"|[^\\s,;]+)';
  const pattern = new RegExp(
    `same commits as ${name}|${name}: (?=\\d+ (?:ahead|behind))(?:(\\d+) ahead(?: \\([^)]*\\))?)?(?:, )?(?:(\\d+) behind)?`,
    "g",
  );
  return [...place.matchAll(pattern)].map(([, level, of, ahead, behind]) => ({
    ahead: Number(ahead ?? 0),
    behind: Number(behind ?? 0),
    isMain: branch !== "main" && /^"?(?:origin\/)?main"?$/.test(level ?? of ?? ""),
  }));
}

export const toDefault: Question = {
  ask: "Does the default branch have what this one has not, as far as it is fetched?",
  truth: ({ project }) => {
    const branch = branchOf(project);
    if (branch === null || branch === "main") return null;
    const counts = project.git("rev-list", "--left-right", "--count", `${branch}...origin/main`);
    const [ahead, behind] = counts.trim().split("\t");
    return behind === "0" ? null : `${ahead} ahead, ${behind} behind`;
  },
  claims: (text) =>
    distancesIn(text)
      .filter(({ isMain, behind }) => isMain && behind > 0)
      .map(wordsOf),
};

const branchNameIn = (text: string): string =>
  unquoted(/^("[^"]*"|[^\s,;]+)/.exec(gitText(text))?.[1] ?? "");

export const operation: Question = {
  ask: "Is a merge, rebase or the like under way: what, of what, how far?",
  truth: ({ project }) => {
    const [step, end] = [
      inGitDir(project, "rebase-merge/msgnum"),
      inGitDir(project, "rebase-merge/end"),
    ];
    const branch = branchOf(project);
    if (step !== null) return `rebase ${step}/${end}${branch === null ? "" : ` of ${branch}`}`;
    if (inGitDir(project, "MERGE_HEAD") !== null) return "merge";
    const todo = inGitDir(project, "sequencer/todo") ?? "";
    if (inGitDir(project, "CHERRY_PICK_HEAD") !== null || todo.startsWith("pick"))
      return "cherry-pick";
    if (inGitDir(project, "REVERT_HEAD") !== null || todo.startsWith("revert")) return "revert";
    if (inGitDir(project, "BISECT_START") !== null) return "bisect";
    return null;
  },
  claims: (text) =>
    [
      ...bold(text).matchAll(
        /^-? ?(?:A (rebase|merge|cherry-pick|revert)( of (?:"[^"]*"|[^\s;,]+))?.* is (?:not finished|stopped at step (\d+) of (\d+))|(Bisect)ing\b)/gm,
      ),
    ].map(([, kind = "bisect", of = "", step, end]) =>
      step === undefined ? kind : `${kind} ${step}/${end}${of.replaceAll('"', "")}`,
    ),
};

export const conflictFiles: Question = {
  ask: "Which files are in conflict?",
  truth: ({ project }) => {
    const files = project
      .git("-c", "core.quotePath=false", "diff", "--name-only", "--diff-filter=U")
      .split("\n")
      .filter(Boolean);
    return files.length === 0 ? null : files.toSorted().join(", ");
  },
  claims: (text) => {
    const found = /; conflicts: ((?:"[^"]*"(?:, )?)+)/.exec(text)?.[1];
    return found === undefined ? [] : [found.replaceAll('"', "").split(", ").toSorted().join(", ")];
  },
};

export const onto: Question = {
  ask: "Onto what does the rebase go, or what is being merged?",
  truth: ({ project }) => {
    const commit = inGitDir(project, "rebase-merge/onto") ?? inGitDir(project, "MERGE_HEAD");
    if (commit === null) return null;
    const places = ["refs/heads", "refs/remotes", "refs/tags"];
    const names = project.git(
      "for-each-ref",
      "--points-at",
      commit,
      "--format=%(refname:short)",
      ...places,
    );
    const known = names.split("\n").filter((name) => name !== "" && name !== "origin");
    return known.includes("main") ? "main" : (known[0] ?? commit.slice(0, 9));
  },
  claims: (text) =>
    matches(text, /\b(?:onto|merge of) ("[^"]*"|[^\s;,]+)/g).map((one) =>
      one === "origin/main" ? "main" : one,
    ),
};

export const bisectStart: Question = {
  ask: "From which branch was the bisect started?",
  truth: ({ project }) => inGitDir(project, "BISECT_START"),
  claims: (text) => matches(text, /^Bisecting from ("[^"]*"|[^\s;,.]+)/gm),
};

export const fetched: Question = {
  ask: "How old is what is known of the remote, where that is more than a day?",
  truth: ({ project, now }) => {
    const file = statSync(join(gitDirOf(project), "FETCH_HEAD"), { throwIfNoEntry: false });
    const days = file === undefined ? 0 : Math.floor((now() - file.mtimeMs) / day);
    return days >= 1 ? `${days}` : null;
  },
  claims: (text) =>
    [...gitOwn(text).matchAll(/last fetch (\d+) (h|d) ago/g)].map(([, count, unit]) =>
      unit === "h" ? String(Math.floor(Number(count) / 24)) : (count ?? ""),
    ),
};

export const stashes: Question = {
  ask: "Is anything stashed?",
  truth: ({ project }) => {
    const count = project.git("stash", "list").split("\n").filter(Boolean).length;
    return count === 0 ? null : String(count);
  },
  claims: (text) => matches(gitOwn(text), /(\d+) stash(?:es)?\b/g),
};

export const isWorktree = (of: (world: World) => Clone): Question => ({
  ask: "Is this a linked worktree?",
  truth: (world) => {
    const clone = of(world);
    return clone.ask("rev-parse", "--git-dir") === clone.ask("rev-parse", "--git-common-dir")
      ? null
      : "linked worktree";
  },
  claims: (text) => matches(gitOwn(text), /linked worktree/g),
});

export const inRepository: Question = {
  ask: "Is this folder in a repository?",
  truth: ({ project }) => (project.ask("rev-parse", "--git-dir") === null ? "no" : null),
  claims: (text) => (/not in a repository/.test(gitText(text)) ? ["no"] : []),
};

// Tasks ----------------------------------------------------------------------------------------------------------

interface Known {
  id: string;
  source: string;
  title: string;
  status: "started" | "open" | "blocked" | "over";
  priority: string;
  due: string | null;
  owner: string | null;
  branch: string | null;
  waitsFor: string[];
  text: string;
}

const startedWords = /^(?:in progress|in_progress|doing|started|in arbeit)$/i;
const overWords = /^(?:done|completed|cancelled|erledigt)$/i;
const blockedText = /^(?:blocked|blockiert)$/i;
const urgentWords = /^(?:urgent|p0|p1|blocker|critical|dringend)$/i;
const highWords = /^(?:high|hoch|p2|major)$/i;

function priorityOf(text: string | undefined): string {
  if (text === undefined) return "none";
  if (urgentWords.test(text)) return "urgent";
  return highWords.test(text) ? "high" : text;
}

/** Converts a date to ISO format. Also accepts `24.11.2026`. */
const isoDay = (text: string | undefined): string | null => {
  const dotted = /^(\d{2})\.(\d{2})\.(\d{4})$/.exec(text ?? "");
  if (dotted !== null) return `${dotted[3]}-${dotted[2]}-${dotted[1]}`;
  return text !== undefined && /^\d{4}-\d{2}-\d{2}$/.test(text) ? text : null;
};

const knownItem = (source: string, item: Item): Known => {
  const state = item.state ?? "";
  return {
    id: item.key,
    source,
    title: item.summary,
    status: overWords.test(state)
      ? "over"
      : startedWords.test(state)
        ? "started"
        : blockedText.test(state)
          ? "blocked"
          : "open",
    priority: priorityOf(item.prio),
    due: isoDay(item.due),
    owner: item.owner ?? null,
    branch: item.branch ?? null,
    waitsFor: item.waitsFor ?? [],
    text: item.text ?? "",
  };
};

/** All tasks of the built-in list and of servers that have answered, including completed ones. */
async function allTasks(world: World): Promise<Known[]> {
  const stored = (await world.stored()) as unknown as (Record<string, unknown> & { id: string })[];
  const own = stored.map((task): Known => ({
    id: task.id,
    source: "embedded",
    title: String(task["title"]),
    status:
      ({ in_progress: "started", blocked: "blocked", completed: "over", cancelled: "over" }[
        String(task["status"])
      ] as Known["status"]) ?? "open",
    priority: String(task["priority"] ?? "none"),
    due: (task["due"] as string | undefined) ?? null,
    owner: (task["assignees"] as string[] | undefined)?.[0] ?? null,
    branch: (task["branch"] as string | undefined) ?? null,
    waitsFor: (task["dependsOn"] as string[] | undefined) ?? [],
    text: String(task["description"] ?? ""),
  }));
  const theirs = world.trackers
    .filter(({ answeredAt }) => answeredAt !== null)
    .flatMap(({ name, items }) => items.map((item) => knownItem(name, item)));
  return [...theirs, ...own];
}

const pending = async (world: World): Promise<Known[]> =>
  (await allTasks(world)).filter(({ status }) => status !== "over");

/** The person's names in servers: the full name, the email address, the part before the at sign. */
const mine = new Set([person, "ana.lopez@shop.example", "ana"].map((name) => name.toLowerCase()));
const isMine = ({ owner }: Known): boolean =>
  owner !== null && mine.has(owner.toLowerCase().replace(/^@/, ""));

const standsIn = (id: string, branch: string): boolean =>
  new RegExp(`(?:^|[^A-Za-z0-9])${id.replace(/^#/, "")}(?![A-Za-z0-9])`, "i").test(branch) &&
  /[A-Za-z]+-\d+|^#?\d+$/.test(id) &&
  !branch.startsWith("release/");

const isOfBranch = (task: Known, branch: string | null): boolean =>
  branch !== null && (task.branch === null ? standsIn(task.id, branch) : task.branch === branch);

const today = new Date(saturday).toISOString().slice(0, 10);
const daysTo = (due: string | null): number =>
  due === null ? Infinity : (Date.parse(due) - Date.parse(today)) / day;

/** Follows the order in the issue: this branch's, mine started, mine due or urgent, unassigned and pressing. */
async function expectedNext(world: World): Promise<Known | null> {
  const branch = branchOf(world.project);
  const tasks = await pending(world);
  const open = new Set(tasks.map(({ source, id }) => `${source}/${id}`));
  const isHeld = (task: Known): boolean =>
    task.status === "blocked" || task.waitsFor.some((id) => open.has(`${task.source}/${id}`));
  const hasMine = tasks.some(isMine);
  const rank = (task: Known): number[] => [
    isOfBranch(task, branch) ? 0 : 1,
    isHeld(task) ? 1 : 0,
    isMine(task) ? 0 : 1,
    task.status === "started" ? 0 : 1,
    Math.min(daysTo(task.due), 4),
    ["urgent", "high", "medium", "low"].indexOf(task.priority) & 7,
  ];
  const candidates = tasks.filter(
    (task) => isOfBranch(task, branch) || task.owner === null || isMine(task) || !hasMine,
  );
  const order = candidates
    .map((task, place) => ({ task, rank: [...rank(task), place] }))
    .toSorted((left, right) => {
      const at = left.rank.findIndex((one, index) => one !== right.rank[index]);
      return at < 0 ? 0 : (left.rank[at] ?? 0) - (right.rank[at] ?? 0);
    });
  return order[0]?.task ?? null;
}

const nextPattern = /^(?:- )?(?:Next|The session's next task)(?:, [^:\n]*)?: ("[^"]*"|[^\s,:]+)/m;
const nextId = (text: string): string | null => {
  const found = nextPattern.exec(bold(text))?.[1];
  return found === undefined ? null : unquoted(found);
};

export const next: Question = {
  ask: "Which task is to be worked on next?",
  truth: async (world) => (await expectedNext(world))?.id ?? "none",
  claims: (text) => {
    const id = nextId(text);
    if (id !== null) return [id];
    return /No (?:known )?open tasks?\b/.test(text) ? ["none"] : [];
  },
};

const ofNext = (
  ask: string,
  pick: (task: Known) => string | null,
  claims: (line: string, text: string) => string[],
): Question => ({
  ask,
  truth: async (world) => {
    const task = await expectedNext(world);
    return task === null ? null : pick(task);
  },
  claims: (text) => (nextText(text) === "" ? [] : claims(nextText(text), text)),
});

export const nextTitle: Question = ofNext(
  "What is the next task about?",
  ({ title }) =>
    title
      .replaceAll('"', "'")
      .replaceAll("`", "'")
      .replace(/[<]/g, "‹")
      .replace(/[>]/g, "›")
      .replace(/\s+/g, " "),
  (line) => matches(line, /: ("[^"]*")$/g),
);
export const nextOwner: Question = ofNext(
  "Whose is the next task?",
  (task) => (isMine(task) ? "mine" : task.owner === null ? null : task.owner),
  (line) => [
    ...matches(line, /^(?:- )?(?:Next|The session's next task), (?:[^:]*)\byours\b/g).map(
      () => "mine",
    ),
    ...matches(line, /, for ("[^"]*"|[^\s,:]+)/g),
  ],
);
export const nextPriority: Question = ofNext(
  "How urgent is the next task?",
  ({ priority }) => (priority === "none" ? null : priority),
  (line) => matches(line.replace(/"[^"]*"/g, ""), /\b(urgent|high|medium|low)\b/g),
);
export const nextStatus: Question = ofNext(
  "Has the next task been begun?",
  ({ status }) => (status === "started" ? "in progress" : status === "blocked" ? "blocked" : null),
  (line) => matches(line.replace(/"[^"]*"/g, ""), /\b(in progress|blocked)\b(?! by)/g),
);
export const nextDue: Question = ofNext(
  "By when is the next task due?",
  ({ due }) => due,
  (line) => dueClaims(line),
);

const monthNames = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
function dueClaims(line: string): string[] {
  return [
    ...line.matchAll(
      /\b(?:due|overdue since) (today|tomorrow|(?:[A-Z][a-z]{2} )?(\d{1,2}) ([A-Z][a-z]{2})(?: (\d{4}))?)/g,
    ),
  ].map(([, words = "", date, month = "", year]) => {
    if (words === "today") return today;
    if (words === "tomorrow") return new Date(saturday + day).toISOString().slice(0, 10);
    const number = String(monthNames.indexOf(month) + 1).padStart(2, "0");
    return `${year ?? 2026}-${number}-${(date ?? "").padStart(2, "0")}`;
  });
}

export const nextSource: Question = {
  ask: "Which source is the next task from?",
  truth: async (world) => (await expectedNext(world))?.source ?? null,
  claims: (text) => {
    const own = /: (?:"[^"]*"|\S+) \(([a-z0-9.-]+)\)/.exec(nextText(text))?.[1];
    if (own !== undefined) return [own];
    if (nextText(text) === "") return [];
    // If the text names only one source, all tasks are from it.
    const named = new Set(sourceClaims(text).map(({ source }) => source));
    return named.size === 1 ? [...named] : [];
  },
};

export const isBranchs: Question = {
  ask: "Is the next task this branch's?",
  truth: async (world) => {
    const task = await expectedNext(world);
    return task !== null && isOfBranch(task, branchOf(world.project)) ? "this branch's" : null;
  },
  claims: (text) => matches(nextText(text).split(":")[0] ?? "", /(?<!perhaps )this branch's/g),
};

export const mergedAndOpen: Question = {
  ask: "Which task is merged and still open, and by which commit?",
  truth: ({ project }) => {
    const merges = project.git("log", "origin/main", "--merges", "--format=%h %s", "--abbrev=7");
    const found = /^(\w+) Merge branch 'feature\/(SHOP-\d+)/m.exec(merges);
    return found === null ? null : `${found[2]} ${found[1]}`;
  },
  claims: (text) =>
    [...text.matchAll(/^Merged and still open: (\S+) \((\w+),/gm)].map(
      ([, id, commit]) => `${id} ${commit}`,
    ),
};

export const criteria: Question = ofNext(
  "When is the next task done?",
  ({ text }) => {
    const [, list] = text.split(/^## Acceptance criteria\n/m);
    return list === undefined
      ? null
      : list
          .split("\n")
          .filter(Boolean)
          .map((line) => line.replace(/^- /, ""))
          .join("; ");
  },
  (_, text) => matches(text, /Acceptance criteria: ("[^"]*")/g),
);

export const branchTaskOver: Question = {
  ask: "Is this branch's own task already over?",
  truth: async (world) => {
    const branch = branchOf(world.project);
    const over = (await allTasks(world)).filter(
      (task) => task.status === "over" && isOfBranch(task, branch),
    );
    return over[0]?.id ?? null;
  },
  claims: (text) =>
    matches(
      text,
      /^This branch's ("[^"]*"|\S+) is (?:already )?(?:done|completed|cancelled|over)/gm,
    ),
};

/** The number of others' tasks, if the text gives it. */
const othersClaim = (text: string): string | undefined =>
  /\b[Oo]thers have (\d+)/.exec(text)?.[1] ??
  /The other (\d+) open tasks are somebody else's/.exec(text)?.[1] ??
  (text.includes("The only other open task is somebody else's.") ? "1" : undefined);

export const howMany: Question = {
  ask: "How many tasks are open?",
  truth: async (world) => String((await pending(world)).length),
  claims: (text) => {
    if (/No (?:known )?open tasks?\b/.test(text)) return ["0"];
    const all = /^(\d+) open\b.*Shown: \d+/m.exec(text)?.[1];
    if (all !== undefined) return [all];
    const more = /^(\d+) (?:more|open)(?: \(others have \d+\))?:$/m.exec(text)?.[1];
    const others = othersClaim(text);
    if (more !== undefined || others !== undefined) {
      const first = nextText(text) === "" ? 0 : 1;
      const own = /^This branch's task: /m.test(text) ? 1 : 0;
      return [String(first + own + Number(more ?? 0) + Number(others ?? 0))];
    }
    return nextText(text) === "" ? [] : ["1"];
  },
};

const pressing = (which: "overdue" | "urgent"): Question => ({
  ask: which === "overdue" ? "How many tasks are overdue?" : "How many tasks are urgent?",
  truth: async (world) => {
    const count = (await pending(world)).filter((task) =>
      which === "overdue" ? daysTo(task.due) < 0 : task.priority === "urgent",
    ).length;
    return count === 0 ? null : String(count);
  },
  claims: (text) => {
    const counted = new RegExp(`(?:^\\d+ open[^:\\n]*: |, )(\\d+) ${which}\\b`, "m").exec(
      text,
    )?.[1];
    if (counted !== undefined) return [counted];
    const lines = text.split("\n").filter((line) => /^(?: |- |Next|\*\*Next)/.test(line));
    const pattern = which === "overdue" ? /\boverdue since\b/ : /\burgent\b/;
    const count = lines.filter((line) => pattern.test(line.replace(/"[^"]*"/g, ""))).length;
    return count === 0 ? [] : [String(count)];
  },
});
export const overdue: Question = pressing("overdue");
export const urgent: Question = pressing("urgent");

export const longestOverdue: Question = {
  ask: "Which task is overdue the longest?",
  truth: async (world) => {
    const late = (await pending(world)).filter((task) => daysTo(task.due) < 0);
    return late.toSorted((left, right) => daysTo(left.due) - daysTo(right.due))[0]?.id ?? null;
  },
  claims: (text) => {
    const counted = matches(text, /\d+ overdue \((?:longest )?("[^"]*"|[^)]+)\)/g);
    if (counted.length > 0) return counted;
    const lines = text.split("\n").filter((line) => line.includes("overdue since"));
    const dated = lines.flatMap((line) => {
      const id = /^(?: |- |[^:]*: )("[^"]*"|[^\s,:]+)/.exec(line)?.[1];
      return id === undefined ? [] : [{ id: unquoted(id), due: dueClaims(line)[0] ?? "" }];
    });
    return dated
      .toSorted((left, right) => left.due.localeCompare(right.due))
      .slice(0, 1)
      .map(({ id }) => id);
  },
};

/** The dependencies that hold a listed task. */
export const heldBy = (id: string): Question => ({
  ask: `What does ${id} wait for?`,
  truth: async (world) => {
    const tasks = await pending(world);
    const task = tasks.find((one) => one.id === id);
    const open = task?.waitsFor.filter((other) => tasks.some((one) => one.id === other)) ?? [];
    return open.length === 0 ? null : open.join(", ");
  },
  claims: (text) => {
    const line =
      text.split("\n").find((one) => new RegExp(`^(?: |- |Next[^:]*: )${id}\\b`).test(one)) ?? "";
    return matches(line, /blocked by ([A-Z0-9-]+(?:, [A-Z0-9-]+)*)/g);
  },
});

/** The server's own word for a state, priority or day that Sitrep cannot know. */
export const rawWord = (id: string, field: "state" | "prio" | "due"): Question => ({
  ask: `What does the server give as ${field} of ${id}?`,
  truth: ({ trackers }) =>
    trackers.flatMap(({ items }) => items).find(({ key }) => key === id)?.[field] ?? null,
  claims: (text) => {
    const line =
      text.split("\n").find((one) => new RegExp(`^(?: |- |Next[^:]*: )${id}\\b`).test(one)) ?? "";
    const word = { state: "status", prio: "priority", due: "due" }[field];
    return matches(line, new RegExp(`\\b${word} ("[^"]*")`, "g"));
  },
});

export const othersCount: Question = {
  ask: "How many open tasks do others have?",
  truth: async (world) => {
    const tasks = await pending(world);
    const branch = branchOf(world.project);
    const count = tasks.filter(
      (task) => task.owner !== null && !isMine(task) && !isOfBranch(task, branch),
    ).length;
    return count === 0 ? null : String(count);
  },
  claims: (text) => {
    const few = othersClaim(text);
    return few === undefined ? [] : [few];
  },
};

// Sources --------------------------------------------------------------------------------------------------------

interface SourceClaim {
  source: string;
  /** Epoch milliseconds; null: never read. */
  at: number | null;
  /** How far off `at` may be. */
  within: number;
  isFailing: boolean;
}

const unitMs: Record<string, number> = { s: 1000, min: 60_000, h: 3_600_000, d: day };

/** The text's claims about each source: when its tasks were read, and whether it fails. */
function sourceClaims(text: string): SourceClaim[] {
  const own = text.split("\n").slice(0, 3).join(" ");
  const fresh = [...own.matchAll(/Tasks read (\d+) (s|min|h|d) ago \(([^)]*)\)/g)].flatMap(
    ([, count = "0", unit = "s", names = ""]) =>
      names
        .split(", ")
        .filter((name) => /^"?[\w.-]+"?$/.test(name))
        .map((name) => ({
          source: unquoted(name),
          at: saturday - Number(count) * (unitMs[unit] ?? 0),
          within: unitMs[unit] ?? 0,
          isFailing: false,
        })),
  );
  const stale = [
    ...own.matchAll(
      /Tasks as of [^,]*, (\d+) (s|min|h|d) ago(?:: ([\w.-]+) ([^.]*)| \(([\w.-]+)\))/g,
    ),
  ].map(([, count = "0", unit = "s", failing, , named]) => ({
    source: failing ?? named ?? "",
    at: saturday - Number(count) * (unitMs[unit] ?? 0),
    within: unitMs[unit] ?? 0,
    isFailing: failing !== undefined,
  }));
  const never = [...own.matchAll(/Tasks from ([\w.-]+) are not known yet/g)].map(
    ([, source = ""]) => ({
      source,
      at: null,
      within: 0,
      isFailing: true,
    }),
  );
  return [...fresh, ...stale, ...never];
}

const trackerIn = ({ trackers }: World, name: string): Tracker => {
  const found = trackers.find((one) => one.name === name);
  if (found === undefined) throw new Error(`There is no ${name} in this world.`);
  return found;
};

/** The truth is the time at which the server itself last answered with its tasks. */
export const askedAt = (name: string): Question => {
  let truth: number | null = null;
  return {
    ask: `When were the tasks of ${name} read?`,
    truth: (world) => {
      truth = trackerIn(world, name).answeredAt;
      return truth === null ? "never" : new Date(truth).toISOString();
    },
    claims: (text) =>
      sourceClaims(text)
        .filter(({ source }) => source === name)
        .map(({ at, within }) => {
          if (at === null) return "never";
          const isTrue = truth !== null && truth <= at && at - truth < Math.max(within, 1);
          return new Date(isTrue ? (truth ?? at) : at).toISOString();
        }),
  };
};

export const isFailing = (name: string): Question => ({
  ask: `Does ${name} answer?`,
  truth: (world) => (trackerIn(world, name).fault === "none" ? "yes" : "no"),
  claims: (text) =>
    sourceClaims(text)
      .filter(({ source }) => source === name)
      .map((claim) => (claim.isFailing ? "no" : "yes")),
});

export const whoActs = (name: string): Question => ({
  ask: `Who has to do what so that ${name} answers again?`,
  truth: (world) => (trackerIn(world, name).fault === "unauthorized" ? `user: ${name}` : null),
  claims: (text) =>
    matches(text, /ask the user to run `sitrep (?:login|source secret) ([\w.-]+)`/g).map(
      (one) => `user: ${one}`,
    ),
});

export const isAnySource: Question = {
  ask: "Is a task server set up at all?",
  truth: ({ trackers }) => (trackers.length === 0 ? "no" : null),
  claims: (text) => (/no task server is set up/.test(text) ? ["no"] : []),
};

// Sessions and what happened -------------------------------------------------------------------------------------

export interface Past {
  /** The tasks at the brief of the previous session. */
  tasks: Known[];
  /** Commits by ref. */
  refs: Record<string, string>;
  at: number;
}

/** Call this when the previous session reads its brief or its last news. */
export async function remember(world: World): Promise<Past> {
  const refs = Object.fromEntries(
    (world.project.ask("for-each-ref", "--format=%(refname:short) %(objectname)") ?? "")
      .split("\n")
      .filter(Boolean)
      .map((line) => line.split(" ") as [string, string]),
  );
  return { tasks: await allTasks(world), refs, at: world.now() };
}

const sinceLine = (text: string): string =>
  /^Since the last brief here.*$|What (?:else )?changed since.*$/m.exec(text)?.[0] ?? "";

export const newTasks = (past: () => Past): Question => ({
  ask: "Which tasks are new since?",
  truth: async (world) => {
    const before = new Set(past().tasks.map(({ id }) => id));
    const ids = (await pending(world)).map(({ id }) => id).filter((id) => !before.has(id));
    return ids.length === 0 ? null : ids.toSorted().join(", ");
  },
  claims: (text) => groupClaims(text, "new"),
});

export const endedTasks = (past: () => Past): Question => ({
  ask: "Which tasks were completed since?",
  truth: async (world) => {
    const before = new Set(
      past()
        .tasks.filter(({ status }) => status !== "over")
        .map(({ id }) => id),
    );
    const ids = (await allTasks(world))
      .filter(({ id, status }) => status === "over" && before.has(id))
      .map(({ id }) => id);
    return ids.length === 0 ? null : ids.toSorted().join(", ");
  },
  claims: (text) => groupClaims(text, "completed"),
});

function groupClaims(text: string, word: string): string[] {
  const line = sinceLine(text);
  const grouped = new RegExp(`(?:: |; )((?:[\\w-]+, )*[\\w-]+) ${word}(?:;|$|,)`).exec(line)?.[1];
  const single = [
    ...text.matchAll(new RegExp(`^(?: |- )?("[^"]*"|[\\w#-]+) is ${word}\\b`, "gm")),
  ].map(([, id = ""]) => unquoted(id));
  const ids = [...(grouped?.split(", ") ?? []), ...single];
  return ids.length === 0 ? [] : [ids.toSorted().join(", ")];
}

export const sinceWhen = (past: () => Past): Question => ({
  ask: "Since when?",
  truth: () => new Date(past().at).toISOString().slice(11, 16),
  claims: (text) => matches(sinceLine(text), /(\d\d:\d\d)/g).slice(0, 1),
});

/** The commits that a ref has now and did not have in the past. */
export const moved = (ref: string, past: () => Past): Question => ({
  ask: `What is new in ${ref}, and by whom?`,
  truth: ({ project }) => {
    const log = project.ask("log", "--format=%an: %s", `${past().refs[ref] ?? ref}..${ref}`) ?? "";
    const lines = log.split("\n").filter(Boolean);
    // Inside a quote, the brief turns double quotes into single ones.
    return lines.length === 0 ? null : lines.toSorted().join(" | ").replaceAll('"', "'");
  },
  claims: (text) => {
    const found = [
      ...text.matchAll(
        /\b(\d+) new commits?\b[^:;\n]*? by ((?:"[^"]*"|[A-Z][\w ]*)): ("[^"]*"(?:, "[^"]*")*)/g,
      ),
    ];
    if (found.length === 0) return [];
    return [
      found
        .flatMap(([, , by = "", subjects = ""]) =>
          matches(subjects, /("[^"]*")/g).map((subject) => `${unquoted(by)}: ${subject}`),
        )
        .toSorted()
        .join(" | "),
    ];
  },
});

/** `of`: the text's name for the branch. */
export const isRewritten = (ref: string, of: string, past: () => Past): Question => ({
  ask: `Was ${ref} rewritten?`,
  truth: ({ project }) => {
    const then = past().refs[ref] ?? ref;
    const lost = project.ask("rev-list", "--count", `${ref}..${then}`) ?? "0";
    return lost === "0" ? null : `${lost} lost`;
  },
  claims: (text) =>
    [...text.matchAll(/([^;:]+) was rewritten and lost (\d+) commits?/g)].flatMap(
      ([, name, lost]) => (name?.trim().endsWith(of) === true ? [`${lost} lost`] : []),
    ),
});

/** The local branch, deleted on origin, that this one is based on, and how many commits are from each. */
export const below: Question = {
  ask: "Does this branch stand on one that is over, and what is its own?",
  truth: ({ project }) => {
    const branches = project.git("for-each-ref", "--format=%(refname:short)", "refs/heads");
    const counted = (range: string): number => Number(project.ask("rev-list", "--count", range));
    const over = branches.split("\n").filter((name) => {
      if (name === "" || name === branchOf(project)) return false;
      const isUnder = counted(`HEAD..${name}`) === 0 && counted(`origin/main..${name}`) > 0;
      const isThere = project.ask("rev-parse", "-q", "--verify", `refs/remotes/origin/${name}`);
      return isUnder && isThere === null;
    });
    const [name] = over;
    if (name === undefined) return null;
    return `${name}: ${counted(`origin/main..${name}`)} of ${counted("origin/main..HEAD")}, ${counted(`${name}..HEAD`)} own`;
  },
  claims: (text) =>
    [
      ...gitText(text).matchAll(
        /based on ("[^"]*"|[^\s,]+), which [^(]*\((\d+) of the (\d+) commits; (\d+) (?:is|are) its own/g,
      ),
    ].map(([, name = "", of, all, own]) => `${unquoted(name)}: ${of} of ${all}, ${own} own`),
};

export const howManyMoved = (ref: string, past: () => Past): Question => ({
  ask: `How many commits are new in ${ref}?`,
  truth: ({ project }) => {
    const count = project.ask("rev-list", "--count", `${past().refs[ref] ?? ref}..${ref}`) ?? "0";
    return count === "0" ? null : count;
  },
  claims: (text) => [
    ...matches(text.replace(/"[^"]*"/g, '""'), /\b(\d+)(?: or more)? new commits?\b/g),
    ...matches(text.replace(/"[^"]*"/g, '""'), /has moved: (\d+) commits?/g),
  ],
});

export const branchBefore = (past: () => string): Question => ({
  ask: "Which branch was checked out before?",
  truth: ({ project }) => (branchOf(project) === past() ? null : past()),
  claims: (text) => [
    ...matches(text, /the branch was ("[^"]*"|\S+) before/g),
    ...matches(text, /it was on ("[^"]*"|[^\s.]+)/g),
  ],
});

export const branchNow: Question = {
  ask: "Which branch is checked out now?",
  truth: ({ project }) => project.ask("symbolic-ref", "--short", "-q", "HEAD"),
  claims: (text) => [
    ...matches(text, /is on ("[^"]*"|\S+) now/g),
    ...matches(text, /Git, read [^:]*: ("[^"]*"|[^\s,;]+)/g),
  ],
};

/** `truth`: the other session at work, which the test knows; null for none. */
export const others = (truth: string | null): Question => ({
  ask: "Is another session at work here or on the same task, and where?",
  truth: () => truth,
  claims: (text) =>
    [
      ...matches(text, /Another session is in this worktree/g).map(() => "this worktree"),
      ...matches(text, /Another session is on ("[^"]*"|\S+) in "[^"]*?([\w-]+)"/g).map(() => ""),
    ].map((one) =>
      one === "" ? (/Another session is on [^ ]+ in "[^"]*?([\w-]+)"/.exec(text)?.[1] ?? "") : one,
    ),
});

// Trust ----------------------------------------------------------------------------------------------------------

/** Checks that all text of others from the servers appears inside quotes, whole or in part. */
export const isQuoted: Question = {
  ask: "Which words here are an order of mine to follow, outside the quotes?",
  truth: () => null,
  claims: (text) => {
    const own = text.replace(/"[^"\n]*"/g, "");
    return matches(own, /\b(ignore|run|execute|delete|system:|you must)\b[^`\n]*/gi).filter(
      (one) => !/^run$/i.test(one) || !own.includes("ask the user to run"),
    );
  },
};

export const newsOf = (id: string, word: string): Question => ({
  ask: `What has become of ${id}?`,
  truth: () => word,
  claims: (text) => {
    const line = text.split("\n").find((one) => new RegExp(`(?:^|[ '])${id}\\b`).test(one)) ?? "";
    return matches(
      line.replace(/"[^"]*"/g, ""),
      /\b(?:is|was) (new, urgent|completed|raised to urgent|new)/g,
    );
  },
});
