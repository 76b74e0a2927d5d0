// Maps a key or a mouse event to the next view and an effect outside it. Pure.

import type { Frame } from "./frame.ts";
import { helpText } from "./foot.ts";
import type { Target } from "./rows.ts";
import { selectedRow, type Prompt, type View } from "./view.ts";

export type Effect =
  | { kind: "quit"; code: number }
  | { kind: "suspend" }
  | { kind: "redraw" }
  | { kind: "refresh" }
  | { kind: "open"; url: string }
  /** `by`: the ids of the tasks that block this one. */
  | {
      kind: "move";
      move: "start" | "done" | "block";
      id: string;
      name: string;
      by: readonly string[];
    }
  /** A command whose output fills the terminal. */
  | { kind: "page"; title: string; words: readonly string[] };

export interface Step {
  view: View;
  effect?: Effect;
}

type TaskTarget = Extract<Target, { kind: "task" }>;

const interrupted = 130;
const step = (view: View, effect?: Effect): Step => ({ view, ...(effect && { effect }) });
const refused = (view: View, text: string): Step =>
  step({ ...view, message: { text, isBad: true } });

/** The position that a key moves to from `at`, with `room` lines per page; null for other keys. */
function placeOf(key: string, at: number, room: number): number | null {
  if (key === "up" || key === "k") return at - 1;
  if (key === "down" || key === "j") return at + 1;
  if (key === "pageUp") return at - room;
  if (key === "pageDown" || key === "space") return at + room;
  if (key === "home") return 0;
  return key === "end" ? Number.MAX_SAFE_INTEGER : null;
}

const lastPage = (session: string | null): Effect => ({
  kind: "page",
  title: session === null ? "What the last session was told" : `What session ${session} was told`,
  words: ["last", ...(session === null ? [] : ["--session", session])],
});

function pageFor(target: Target): Effect | undefined {
  if (target.kind === "fact") return undefined;
  if (target.kind === "session") return lastPage(target.id);
  const { kind, name } = target;
  if (kind === "source")
    return { kind: "page", title: name, words: ["source", "test", "--", name] };
  return { kind: "page", title: name, words: ["task", "show", "--", target.id] };
}

const asking = (view: View, kind: Prompt["kind"], task = { id: "", name: "" }): Step => {
  const { id, name } = task;
  return step({ ...view, prompt: { kind, id, name, text: kind === "filter" ? view.filter : "" } });
};

const taskKeys: Readonly<Record<string, (view: View, task: TaskTarget) => Step>> = {
  s: (view, { id, name }) => step(view, { kind: "move", move: "start", id, name, by: [] }),
  d: (view, task) => asking(view, "done", task),
  b: (view, task) => asking(view, "block", task),
  o: (view, { url, name }) =>
    url === null ? refused(view, `${name} has no URL.`) : step(view, { kind: "open", url }),
};

const keys: Readonly<Record<string, (view: View, target: Target | null) => Step>> = {
  q: (view) => step(view, { kind: "quit", code: 0 }),
  "?": (view) => step({ ...view, page: { title: "Keys", lines: helpText, top: 0 } }),
  r: (view) => step(view, { kind: "refresh" }),
  a: (view) => step({ ...view, isAll: !view.isAll }),
  "/": (view) => asking(view, "filter"),
  t: (view, target) => step(view, lastPage(target?.kind === "session" ? target.id : null)),
  escape: (view) => step({ ...view, filter: "", isAll: false }),
  enter: (view, target) => step(view, target === null ? undefined : pageFor(target)),
};

function onList(given: View, key: string, { order, room }: Frame): Step {
  const row = selectedRow(order, given);
  const now = row === null ? 0 : order.indexOf(row);
  // After the first key, the selection follows its row.
  const view = { ...given, selected: row?.key ?? null, at: now };
  const place = placeOf(key, now, room);
  if (place !== null) {
    const at = Math.max(0, Math.min(place, order.length - 1));
    return step({ ...view, selected: order[at]?.key ?? null, at });
  }
  const target = row?.target ?? null;
  const onTask = taskKeys[key];
  if (onTask === undefined) return keys[key]?.(view, target) ?? step(view);
  return target?.kind === "task" ? onTask(view, target) : refused(view, "Select a task first.");
}

function typedInto(text: string, key: string): string {
  if (key === "backspace") return [...text].slice(0, -1).join("");
  if (key === "space") return `${text} `;
  return [...key].length === 1 && key >= " " ? text + key : text;
}

function onPrompt(given: View, key: string, prompt: Prompt): Step {
  const { kind, id, name, text } = prompt;
  const view = { ...given, prompt: null };
  const move = { kind: "move", id, name, by: [] } as const;
  if (kind === "done") return step(view, key === "y" ? { ...move, move: "done" } : undefined);
  if (key === "escape") return step(kind === "filter" ? { ...view, filter: "" } : view);
  if (key === "enter" && kind === "filter") return step(view);
  if (key === "enter") {
    const by = text.split(/[\s,]+/).filter((one) => one !== "");
    return step(view, { ...move, move: "block", by });
  }
  const typed = typedInto(text, key);
  const next = { ...view, prompt: { ...prompt, text: typed } };
  return step(kind === "filter" ? { ...next, filter: typed } : next);
}

/** `key`: a pi-tui key name, such as `ctrl+c` or `up`, or the typed text. `frame`: what the terminal shows. */
export function onKey(given: View, key: string, frame: Frame): Step {
  const view = { ...given, message: null };
  if (key === "ctrl+c") return step(view, { kind: "quit", code: interrupted });
  if (key === "ctrl+z") return step(view, { kind: "suspend" });
  if (key === "ctrl+l") return step(view, { kind: "redraw" });
  if (view.prompt !== null) return onPrompt(view, key, view.prompt);
  if (view.page === null) return onList(view, key, frame);
  if (["escape", "q", "enter"].includes(key)) return step({ ...view, page: null });
  const top = placeOf(key, frame.top, frame.room) ?? frame.top;
  return step({ ...view, page: { ...view.page, top } });
}

export function onClick(view: View, line: number, isDouble: boolean, frame: Frame): Step {
  const selected = frame.keys[line] ?? null;
  if (selected === null || view.prompt !== null) return step(view);
  const at = frame.order.findIndex((row) => row.key === selected);
  const next = { ...view, message: null, selected, at };
  return isDouble ? onKey(next, "enter", frame) : step(next);
}

/** Acts like an arrow key pressed once for each row. */
export function onWheel(view: View, rows: number, frame: Frame): Step {
  const key = rows < 0 ? "up" : "down";
  return Array.from({ length: Math.abs(rows) }).reduce<Step>(
    ({ view: now }) =>
      now.page === null
        ? onKey(now, key, frame)
        : step({ ...now, page: { ...now.page, top: frame.top + rows } }),
    step(view),
  );
}
