import type { GitRef, GitState } from "../git/git-state.ts";
import { quotedBranch } from "../quote.ts";
import { ageMs } from "../snapshot.ts";
import { ageText } from "../time.ts";

/** `same commits as origin`, `origin/main: 3 ahead (2 of them there under different hashes), 2 behind`. */
function distanceText(
  name: string,
  { ahead = 0, behind = 0, same = 0 }: Partial<Pick<GitRef, "ahead" | "behind" | "same">>,
): string {
  if (ahead + behind === 0) return `same commits as ${name}`;
  const form =
    same === 0 ? "" : ` (${same < ahead ? `${same} of them ` : ""}there under different hashes)`;
  const parts = [
    ahead === 0 ? "" : `${ahead} ahead${form}`,
    behind === 0 ? "" : `${behind} behind`,
  ];
  return `${name}: ${parts.filter((part) => part !== "").join(", ")}`;
}

/** The remote alone where the branch has the same name there. */
const upstreamName = (name: string, branch: string): string =>
  quotedBranch(name.endsWith(`/${branch}`) ? name.slice(0, -branch.length - 1) : name);

const goneText = (name: string, branch: string): string =>
  name.endsWith(`/${branch}`)
    ? `deleted on ${upstreamName(name, branch)}`
    : `its upstream ${quotedBranch(name)} was deleted`;

/** A branch that no remote has may have been pushed once and then deleted there. */
const pushText = { "no-remote": "no remote", never: "not pushed", yes: "no upstream" };

export const staleFetchMs = 86_400_000;

/** Distances are as of the last fetch, whose age is said if it is over a day. */
export function remoteTexts(state: GitState, now: number | null): string[] {
  const { upstream, branch, head, bare, pushed, defaultBranch: base, fork, fetchedAt } = state;
  if (branch === null || head === null || bare) return [];
  const parts: string[] = [];
  const isOnlyHere = pushed === "never" && (upstream === null || upstream.name === base?.name);
  if (upstream === null) parts.push(pushed === undefined ? "no upstream" : pushText[pushed]);
  else {
    const { name, gone } = upstream;
    parts.push(gone ? goneText(name, branch) : distanceText(upstreamName(name, branch), upstream));
    // A branch that follows the default branch is pushed under a name of its own.
    if (isOnlyHere && !gone) parts.push(pushText.never);
  }
  const { ahead = 0, behind = 0 } = base ?? {};
  // A pushed branch is expected to have commits of its own: not worth saying.
  const isSaid = behind > 0 || (ahead > 0 && (upstream === null || isOnlyHere || upstream.gone));
  if (base !== null && base.name !== upstream?.name && isSaid)
    parts.push(distanceText(quotedBranch(base.name), base));
  const isForkSaid = fork !== undefined && ![upstream?.name, base?.name].includes(fork.name);
  if (isForkSaid && (fork.behind ?? 0) > 0)
    parts.push(`${quotedBranch(fork.name)}: ${fork.behind} behind`);
  const age = now === null || fetchedAt === undefined ? null : ageMs(fetchedAt, now);
  if (age !== null && age > staleFetchMs && pushed !== "no-remote")
    parts.push(`last fetch ${ageText(age)} ago`);
  return parts;
}

/** A plain rebase onto the default branch would apply the commits below again; this command does not. */
export function belowText({ below, defaultBranch: base }: GitState): string {
  if (below === undefined || base === null) return "";
  const { goneOn, of, all } = below;
  const [name, onto] = [quotedBranch(below.name), quotedBranch(base.name)];
  const over =
    goneOn === undefined
      ? `was merged into ${onto} as different commits`
      : `was deleted on ${quotedBranch(goneOn)}`;
  const own = `${all - of} ${all - of === 1 ? "is" : "are"} its own`;
  return `based on ${name}, which ${over} (${of} of the ${all} commits; ${own}: git rebase --onto ${onto} ${name})`;
}
