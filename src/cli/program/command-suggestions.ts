// What somebody meant who typed a word that is no verb: by its meaning, else by its spelling.

/** What other programs call what we do; the verb may go by a longer name or stand below another. */
const meanings: Readonly<Record<string, string>> = {
  add: "task add",
  new: "task add",
  create: "task add",
  todo: "task list",
  list: "task list",
  ls: "task list",
  tasks: "task list",
  show: "task show",
  view: "task show",
  get: "task show",
  begin: "task start",
  done: "task done",
  finish: "task done",
  complete: "task done",
  close: "task done",
  block: "task block",
  unblock: "task unblock",
  next: "task next",
  edit: "task edit",
  update: "task edit",
  set: "task edit",
  rename: "task edit",
  remove: "task remove",
  delete: "task remove",
  rm: "task remove",
  cancel: "task cancel",
  reopen: "task reopen",
  move: "task move",
  mv: "task move",
  note: "task note",
  comment: "task note",
  undo: "task undo",
  revert: "task undo",
  import: "task import",
  export: "task export",
  sources: "source list",
  connect: "source add",
  discover: "source discover",
  secret: "source secret",
  test: "source test",
  signin: "login",
  signout: "logout",
  auth: "login",
  enable: "on",
  disable: "off",
  resume: "on",
  pause: "off",
  mute: "off",
  silence: "off",
  setup: "install",
  init: "install",
  upgrade: "install",
  check: "doctor",
  health: "doctor",
  diagnose: "doctor",
  info: "status",
  ps: "status",
  history: "last",
  log: "last",
  logs: "last",
  preview: "brief",
  why: "brief",
  sync: "refresh",
  fetch: "refresh",
  pull: "refresh",
  reload: "refresh",
  stats: "cache stats",
  clean: "cache cleanup",
  cleanup: "cache cleanup",
  clear: "cache clear",
  server: "serve",
  key: "serve key",
  backup: "store backup",
  restore: "store restore",
  dump: "store backup",
  keys: "serve key list",
  token: "serve token create",
  revoke: "serve key revoke",
  trust: "allow",
};

/** How many letters are to be changed, added, taken out or swapped. */
function distance(one: string, other: string): number {
  let [before, row]: [number[], number[]] = [
    [],
    Array.from({ length: other.length + 1 }, (_, at) => at),
  ];
  for (let left = 1; left <= one.length; left += 1) {
    const next = [left];
    for (let right = 1; right <= other.length; right += 1) {
      const isSame = one[left - 1] === other[right - 1];
      const isSwapped = one[left - 1] === other[right - 2] && one[left - 2] === other[right - 1];
      next[right] = Math.min(
        (row[right] ?? 0) + 1,
        (next[right - 1] ?? 0) + 1,
        (row[right - 1] ?? 0) + (isSame ? 0 : 1),
        isSwapped ? (before[right - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    [before, row] = [row, next];
  }
  return row[other.length] ?? 0;
}

/**
 * The verb that `word` behind `path` was meant for: `list` gives `task list`, `task new` gives `task add`, `statsu` gives
 * `status`; with `next`, the word behind it, `tsk` gives `task add` for `add`. `verbs`: all there are, each with its words.
 * Null where nothing is near.
 */
export function meantVerb(
  path: readonly string[],
  word: string,
  verbs: readonly string[],
  next?: string,
): string | null {
  const meant = meantHere(path, word, verbs);
  if (meant === null || next === undefined) return meant;
  const below = meantHere(meant.split(" "), next, verbs);
  return below?.startsWith(`${meant} `) === true ? below : meant;
}

function meantHere(path: readonly string[], word: string, verbs: readonly string[]): string | null {
  const typed = word.toLowerCase();
  const here = path.length === 0 ? "" : `${path.join(" ")} `;
  const meant = Object.hasOwn(meanings, typed) ? meanings[typed] : undefined;
  const last = meant?.split(" ").at(-1);
  for (const one of [`${here}${last}`, meant]) {
    if (one !== undefined && verbs.includes(one)) return one;
  }
  const near = verbs
    .filter((verb) => verb.startsWith(here))
    .map((verb) => ({
      verb,
      away: distance(typed, verb.slice(here.length).split(" ").at(-1) ?? ""),
    }))
    .filter(({ away }) => away <= Math.ceil(typed.length / 4) && away < typed.length)
    .toSorted((one, other) => one.away - other.away || one.verb.length - other.verb.length);
  return near[0]?.verb ?? null;
}
