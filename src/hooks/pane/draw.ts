// The pane's rows. Its texts were cleaned when they were written; a line that is too long is cut by Claude Code.

import type { Pane, PaneTask } from "../../core/pane.ts";
import { agoText } from "../../core/time.ts";
import { sections } from "../../core/today.ts";
import type { Element, Elements } from "./module-interface.ts";

export type PaneAction = "start" | "done";

export interface Drawing {
  elements: Elements;
  now: number;
  /** The id of the task whose completion waits for a second press. */
  asked: string | null;
  onPress: (action: PaneAction, task: PaneTask) => void;
}

/** Without a sign of the monitor for this long, the texts may be old. */
const oldMs = 90_000;

const actionOf = ({ section }: PaneTask): PaneAction | null =>
  section === "Waiting" ? null : section === "Now" ? "done" : "start";

const keyOf = { start: "s", done: "d" } as const;

export function drawPane(pane: Pane, { elements, now, asked, onPress }: Drawing): Element {
  const { Box, Text, Button } = elements;
  const column = (...rows: readonly unknown[]): Element =>
    h(Box, { flexDirection: "column" }, ...rows);
  const line = (text: string, props = {}): Element =>
    h(Text, { wrap: "truncate-end", ...props }, text);
  const group = (label: string, rows: readonly Element[]): Element[] =>
    rows.length === 0
      ? []
      : [h(Box, { flexDirection: "column" }, line(label, { bold: true }), ...rows)];
  const keys = new Set<string>();
  const button = (action: PaneAction, task: PaneTask): Element => {
    const hotkey = keyOf[action];
    const isFirst = !keys.has(hotkey);
    keys.add(hotkey);
    return h(Button, {
      key: `${action} ${task.id}`,
      label: asked === task.id ? `${action}, sure?` : action,
      ...(isFirst && { hotkey }),
      onPress: () => onPress(action, task),
    });
  };
  const taskRow = (task: PaneTask): Element => {
    const action = actionOf(task);
    const name = line(`${task.name} ${task.title}`, { key: task.id });
    const texts = task.why === "" ? [name] : [name, line(`  ${task.why}`, { dimColor: true })];
    return h(
      Box,
      { flexDirection: "row", gap: 1 },
      action === null ? null : button(action, task),
      column(...texts),
    );
  };
  const ofSection = (section: PaneTask["section"]): Element[] =>
    pane.tasks.filter((task) => task.section === section).map(taskRow);
  const more = pane.more === 0 ? [] : [line(`${pane.more} more: sitrep task list`)];
  const isOld = now - pane.at > oldMs;
  const age = isOld ? `, ${agoText(pane.at, now)}. The monitor may not be running.` : "";
  return column(
    ...sections.flatMap((section) => group(section, ofSection(section))),
    ...(pane.tasks.length === 0 ? [line("No known open tasks here.")] : []),
    ...more,
    ...group("Git", [h(Text, {}, pane.git)]),
    ...group(
      "Sessions",
      pane.sessions.map((text) => line(text)),
    ),
    ...group(
      "Sources",
      pane.wrong.map((text) => line(text, { color: "warning" })),
    ),
    ...group(
      "Claude read",
      pane.read.map((text) => h(Text, { maxLines: 3 }, text)),
    ),
    line(`As of ${pane.time}${age}`, isOld ? { color: "warning" } : { dimColor: true }),
  );
}
