// The kinds of news that a person can switch off.

/** What can be switched off, each on its own. `file` is news of the very file that a call is about to change. */
export const newsKinds = [
  "task",
  "branch",
  "conflict",
  "source",
  "session",
  "upstream",
  "file",
] as const;
export type NewsKind = (typeof newsKinds)[number];
export type NewsSwitches = Readonly<Record<NewsKind, boolean>>;

export const allNews: NewsSwitches = {
  task: true,
  branch: true,
  conflict: true,
  source: true,
  session: true,
  upstream: true,
  file: true,
};

/** The switches with those that are given in place of the others. */
export function switchedBy(
  switches: NewsSwitches,
  given: { readonly [K in NewsKind]?: boolean | undefined },
): NewsSwitches {
  const all = { ...switches };
  for (const kind of newsKinds) all[kind] = given[kind] ?? switches[kind];
  return all;
}
