// Builds lines of a transcript in the form of Claude Code 2.1.329.

const line = (type: string, content: unknown, more: object = {}): string =>
  `${JSON.stringify({ isSidechain: false, type, message: { role: type, content }, ...more })}\n`;

export const says = (text: string, more: object = {}): string =>
  line("assistant", [{ type: "text", text }], more);

let made = 0;

/** A tool call and its result. `error`: the error that Claude Code wrote into the result; null: success. */
export function calls(name: string, input: object, error: string | null = null): string {
  const id = `toolu_${(made += 1)}`;
  const result = { type: "tool_result", tool_use_id: id, content: error ?? "fine" };
  return (
    line("assistant", [{ type: "tool_use", id, name, input }]) +
    line("user", [error === null ? result : { ...result, is_error: true }])
  );
}

export const runs = (command: string, error: string | null = null): string =>
  calls("Bash", { command }, error);
export const edits = (file: string, error: string | null = null): string =>
  calls("Edit", { file_path: file, old_string: "a", new_string: "b" }, error);
