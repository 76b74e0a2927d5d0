// Rules for Claude Code's setting `footerLinksRegexes`, which shows a link for an id that Claude wrote. They are learned from
// tasks with a web address, because each tracker forms its addresses in its own way.

import type { Task } from "./task.ts";

/** `{name}` in `url` and `label` stands for the pattern's group of that name, URL-encoded in `url`. */
export interface TaskLink {
  pattern: string;
  url: string;
  /** Absent: the matched text. */
  label?: string;
}

const maxLinks = 20;
const number = "(?<id>[1-9]\\d{0,6})\\b";
const longestUrl = 200;

interface Page {
  /** `#` for a number, else the key with its dash: `ABC-`. */
  key: string;
  /** The address of a task's page up to its id. */
  before: string;
}

/** Braces would be placeholders; a user or password would be kept in the settings. */
const isPlain = ({ href, username, password }: URL): boolean =>
  /^https?:\/\/[\w.:[\]-]+\/[\w./~@+=-]*$/.test(href) &&
  username + password === "" &&
  href.length <= longestUrl;

/** Null if the id has no distinctive form, or is not a segment of the address. */
function pageOf({ id, url }: Pick<Task, "id" | "url">): Page | null {
  const [, digits, key] = /^(?:#?([1-9]\d{0,6})|([A-Z][A-Z0-9_]{0,19}-)\d{1,7})$/.exec(id) ?? [];
  const page = URL.parse(url ?? "");
  if (page === null || (digits ?? key) === undefined) return null;
  const parts = page.pathname.split("/");
  const at = parts.lastIndexOf(digits ?? id);
  if (at === -1) return null;
  const before = new URL(`${parts.slice(0, at).join("/")}/`, page);
  return isPlain(before) ? { key: key ?? "#", before: before.href } : null;
}

const keyLink = ({ key, before }: Page): TaskLink => ({
  pattern: `\\b(?<id>${key}\\d{1,7})\\b`,
  url: `${before}{id}`,
});

/** Groups: the address up to the repository, `owner/repo`, the rest (GitHub, GitLab, Gitea). */
const ofRepository = /^(https?:\/\/[^/]+\/)([\w.-]+\/[\w.-]+)(\/(?:-\/)?(?:issues|work_items)\/)$/;

/** `#17`, labeled with the repository: the user's settings apply to every project. */
function numberLink({ before }: Page): TaskLink {
  const repository = ofRepository.exec(before)?.[2];
  const label = repository === undefined ? {} : { label: `${repository}#{id}` };
  return { pattern: `(?<![\\w/&#])#${number}`, url: `${before}{id}`, ...label };
}

function repositoryLink({ before }: Page): TaskLink[] {
  const [, host, , rest] = ofRepository.exec(before) ?? [];
  if (host === undefined || rest === undefined) return [];
  const pattern = `(?<![\\w./-])(?<owner>\\w[\\w.-]{0,99})/(?<repo>[\\w.-]{1,99})#${number}`;
  return [{ pattern, url: `${host}{owner}/{repo}${rest}{id}` }];
}

/** The rules for these tasks, at most one for each pattern. If two trackers have `#17`, the one with more tasks wins. */
export function taskLinks(tasks: readonly Pick<Task, "id" | "url">[]): TaskLink[] {
  const counts = new Map<string, { page: Page; count: number }>();
  for (const page of tasks.map(pageOf)) {
    if (page === null) continue;
    const known = counts.get(page.key + page.before);
    counts.set(page.key + page.before, { page, count: (known?.count ?? 0) + 1 });
  }
  const pages = [...counts.values()]
    .toSorted((one, other) => other.count - one.count)
    .map(({ page }) => page);
  const links = pages.flatMap((page) =>
    page.key === "#" ? [numberLink(page), ...repositoryLink(page)] : [keyLink(page)],
  );
  const isFirst = ({ pattern }: TaskLink, at: number): boolean =>
    links.findIndex((one) => one.pattern === pattern) === at;
  return links.filter(isFirst).slice(0, maxLinks);
}
