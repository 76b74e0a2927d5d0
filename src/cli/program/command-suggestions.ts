// Suggests our command for a word that other programs use. Commander itself suggests similar spellings.

const synonyms: Readonly<Record<string, readonly string[]>> = {
  "task add": ["add", "new", "create"],
  "task list": ["list", "ls", "tasks", "todo"],
  "task show": ["show", "view", "get"],
  "task start": ["begin"],
  "task done": ["done", "finish", "complete", "close"],
  "task block": ["block"],
  "task unblock": ["unblock"],
  "task next": ["next"],
  "task edit": ["edit", "update", "set", "rename"],
  "task remove": ["remove", "delete", "rm"],
  "task cancel": ["cancel"],
  "task reopen": ["reopen"],
  "task move": ["move", "mv"],
  "task note": ["note", "comment"],
  "task undo": ["undo", "revert"],
  "task import": ["import"],
  "task export": ["export"],
  "source list": ["sources"],
  "source add": ["connect"],
  "source discover": ["discover"],
  "source secret": ["secret"],
  "source test": ["test"],
  login: ["signin", "auth"],
  logout: ["signout"],
  on: ["enable", "resume"],
  off: ["disable", "pause", "mute", "silence"],
  install: ["setup", "init", "upgrade"],
  doctor: ["check", "health", "diagnose"],
  status: ["info", "ps"],
  watch: ["top", "live", "tui", "dashboard"],
  last: ["history", "log"],
  brief: ["preview", "why"],
  refresh: ["sync", "fetch", "pull", "reload"],
  "cache stats": ["stats"],
  "cache cleanup": ["clean", "cleanup"],
  "cache clear": ["clear"],
  serve: ["server"],
  "serve key": ["key"],
  "serve key list": ["keys"],
  "serve key revoke": ["revoke"],
  "serve token create": ["token"],
  "store backup": ["backup", "dump"],
  "store restore": ["restore"],
  "store migrate": ["migrate"],
  allow: ["trust"],
};

/** The command that a word stands for, such as `task list` for `list`; null when there is none. */
export function findVerb(
  path: readonly string[],
  word: string,
  verbs: readonly string[],
): string | null {
  const typed = word.toLowerCase();
  const [meant = ""] = Object.entries(synonyms).find(([, words]) => words.includes(typed)) ?? [];
  const here = [...path, meant.split(" ").at(-1)].join(" ");
  return [here, meant].find((one) => verbs.includes(one)) ?? null;
}
