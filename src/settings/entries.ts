// The hook entries that go into a settings file. An entry that the client finds invalid voids every hook of its file,
// so these are few and plain. https://code.claude.com/docs/en/hooks#configuration

/** A command in the client's form. `timeout` is in seconds. */
export interface HookHandlerEntry {
  type: "command";
  command: string;
  args?: string[];
  if?: string;
  timeout: number;
}

export interface HookGroup {
  matcher?: string;
  hooks: HookHandlerEntry[];
}

export interface HookEntry {
  event: "SessionStart" | "PreToolUse";
  group: HookGroup;
}

/** Quotes a text as one word of a POSIX shell. */
export function shellQuote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/**
 * Can neither end with 2, which would block a tool call, nor fail aloud: not when the gate is gone, cannot be opened or
 * read, or holds a syntax error. A plain `. file` ends dash with 2 in each of these cases; `command` takes that away.
 */
export function gateCommand(gate: string): string {
  const quoted = shellQuote(gate);
  return `{ [ ! -r ${quoted} ] || command . ${quoted}; } 2>/dev/null || :`;
}

/** The gates: which event each is for, how long the client may wait, and which sheet of news it looks for. */
export const gates = [
  { name: "session-start", event: "SessionStart", bundle: "session-start", timeout: 10, sheet: "" },
  { name: "pre-tool-use", event: "PreToolUse", bundle: "pre-tool-use", timeout: 5, sheet: "news" },
  { name: "git-call", event: "PreToolUse", bundle: "pre-tool-use", timeout: 5, sheet: "git" },
] as const;
export type Gate = (typeof gates)[number];

const matchers: Record<Gate["name"], Pick<HookGroup, "matcher"> & { if?: string }> = {
  "session-start": {},
  "pre-tool-use": { matcher: "*" },
  "git-call": { matcher: "Bash", if: "Bash(git *)" },
};

/** What stands for a gate where there is no POSIX shell: Node itself. */
export interface NodeCommand {
  node: string;
  bundle: string;
  state: string;
}

/** The entries for the gates in a folder. `direct`: the exec form, for Windows. */
export function hookEntries(
  gateFile: (gate: Gate) => string,
  direct: ((gate: Gate) => NodeCommand) | null,
): HookEntry[] {
  return gates.map((gate) => {
    const { if: condition, ...matcher } = matchers[gate.name];
    const command = direct?.(gate);
    const handler: HookHandlerEntry = {
      type: "command",
      ...(condition === undefined ? {} : { if: condition }),
      ...(command === undefined
        ? { command: gateCommand(gateFile(gate)) }
        : { command: command.node, args: [command.bundle, command.state, gate.sheet] }),
      timeout: gate.timeout,
    };
    return { event: gate.event, group: { ...matcher, hooks: [handler] } };
  });
}
