// How a person changes a task of a file: with the tool's own command, else in the file. Loads no reader.

/** Commands by kind. `tag`: the part of an id before its slash. */
const commands: Readonly<Record<string, (id: string, tag: string) => string>> = {
  beads: (id) => `bd close ${id}`,
  "backlog.md": (id) => `backlog task edit ${id} -s Done`,
  taskmaster: (id, tag) =>
    `task-master set-status --id=${id} --status=done${tag === "" ? "" : ` --tag=${tag}`}`,
};

/** The tool's command that completes a task; null if a person ticks it in the file. */
export function finishingCommand(kind: string, id: string): string | null {
  const [own = "", tag = ""] = id.split("/").toReversed();
  const isPlain = /^[\w.-]+$/.test(own) && /^[\w.-]*$/.test(tag);
  return Object.hasOwn(commands, kind) && isPlain ? (commands[kind]?.(own, tag) ?? null) : null;
}
