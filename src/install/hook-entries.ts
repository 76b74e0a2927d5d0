// An invalid entry disables its whole file: https://code.claude.com/docs/en/hooks#configuration

import { defined } from "../core/read.ts";

export const settingsScopes = ["local", "project", "user"] as const;
export type Scope = (typeof settingsScopes)[number];

interface HookHandlerEntry {
  type: "command";
  command: string;
  args?: string[];
  if?: string;
  timeout: number;
}

export type HookCommand = Pick<HookHandlerEntry, "command" | "args">;

export interface HookGroup {
  matcher?: string;
  hooks: HookHandlerEntry[];
}

export const entryEvents = [
  "SessionStart",
  "SubagentStart",
  "UserPromptSubmit",
  "PreToolUse",
  "Stop",
  "PreCompact",
  "SessionEnd",
] as const;

export interface HookEntry {
  event: (typeof entryEvents)[number];
  group: HookGroup;
}

export function shellQuote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A text as one word of a shell, quoted only when necessary. */
export const shellWord = (text: string): string =>
  /^[A-Za-z0-9@%+=:,./_-]+$/.test(text) ? text : shellQuote(text);

/** Never exits with 2, which would block a call: `. file` does that in dash if the gate is gone. */
export function gateCommand(gate: string): string {
  const quoted = shellQuote(gate);
  return `{ [ ! -r ${quoted} ] || command . ${quoted}; } 2>/dev/null || :`;
}

export const portableMark = "sitrep_at=${SITREP_HOME:+$SITREP_HOME/state}";

/** For a file that a team shares: names no path of one machine, but finds each person's gates (src/config/folders.ts). */
export function portableCommand({ name }: Pick<Gate, "name">): string {
  const usual = '"${XDG_STATE_HOME:-$HOME/.local/state}/sitrep"';
  const onMac = '"$HOME/Library/Application Support/sitrep/state"';
  const gate = `"$sitrep_at/gates/${name}.sh"`;
  const find = `for sitrep_at in ${usual} ${onMac}; do [ ! -d "$sitrep_at/gates" ] || break; done`;
  // A relative folder would be in the repository.
  const read = `case $sitrep_at in /*) [ ! -r ${gate} ] || command . ${gate} ;; esac`;
  return `{ ${portableMark}; [ "$sitrep_at" ] || ${find}; ${read}; } 2>/dev/null || :`;
}

const optionalParts = ["prompts", "guards"] as const;
export type OptionalPart = (typeof optionalParts)[number];

export interface Gate {
  name: string;
  event: HookEntry["event"];
  /** Null: the gate needs only the shell. */
  bundle: string | null;
  /** In seconds. */
  timeout: number;
  /** The bundle's argument: the kind of call. */
  mode: string;
  matcher?: string;
  if?: string;
  part: OptionalPart | null;
}

const changesFile = "Edit|Write|MultiEdit|NotebookEdit";

const gate = (
  name: string,
  event: Gate["event"],
  rest: Partial<Gate> & Pick<Gate, "bundle" | "mode">,
): Gate => ({ name, event, timeout: 5, part: null, ...rest });

/** The first is SessionStart's, which an install runs as a check. */
export const gates: readonly [Gate, ...Gate[]] = [
  gate("session-start", "SessionStart", { bundle: "session-start", mode: "", timeout: 10 }),
  gate("subagent-start", "SubagentStart", { bundle: "session-start", mode: "subagent" }),
  gate("pre-tool-use", "PreToolUse", { bundle: "pre-tool-use", mode: "news", matcher: "*" }),
  gate("git-call", "PreToolUse", {
    bundle: "pre-tool-use",
    mode: "git",
    matcher: "Bash",
    if: "Bash(git *)",
  }),
  gate("edit-call", "PreToolUse", { bundle: "pre-tool-use", mode: "files", matcher: changesFile }),
  gate("turn-end", "Stop", { bundle: "pre-tool-use", mode: "turn" }),
  gate("compaction", "PreCompact", { bundle: "pre-tool-use", mode: "turn" }),
  gate("session-end", "SessionEnd", { bundle: null, mode: "" }),
  gate("prompt", "UserPromptSubmit", { bundle: "pre-tool-use", mode: "prompt", part: "prompts" }),
  gate("guard-git", "PreToolUse", {
    bundle: "guard",
    mode: "git",
    matcher: "Bash",
    if: "Bash(git *)",
    part: "guards",
  }),
  gate("guard-edit", "PreToolUse", {
    bundle: "guard",
    mode: "edit",
    matcher: changesFile,
    part: "guards",
  }),
];

export function hookEntries(
  callOf: (gate: Gate) => HookCommand | null,
  parts: ReadonlySet<OptionalPart> = new Set(),
): HookEntry[] {
  const chosen = gates.filter(({ part }) => part === null || parts.has(part));
  return chosen.flatMap((one) => {
    const call = callOf(one);
    if (call === null) return [];
    const { event, timeout, matcher } = one;
    const handler = { type: "command", ...defined({ if: one.if }), ...call, timeout } as const;
    return [{ event, group: { ...defined({ matcher }), hooks: [handler] } }];
  });
}
