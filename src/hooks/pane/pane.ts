// The module of the plugin, which Claude Code runs in itself: the pane, and `/sitrep` with words, answered without a request to
// the model. It tells the model nothing, and takes no part in a tool call.

import { renewOpenMs, type PaneTask } from "../../core/pane.ts";
import { cleanText } from "../../core/quote.ts";
import type { ClaudeCode, On } from "./claude-code.ts";
import { drawPane, type Move } from "./draw.ts";
import { findData, readPaneFile, renewOpen, runSitrep } from "./sitrep.ts";

const id = "sitrep";
/** In Claude Code's store for the plugin: a pane that a person opened is open in the next session. */
const storedAs = "isPaneOpen";
const lookEveryMs = 1000;

interface OpenPane {
  timer: { cancel: () => void } | null;
  mark: number;
  asked: string | null;
}

/** Redraws the pane when the monitor has written, and when the text of its age changes. */
function follow($: ClaudeCode, state: OpenPane): void {
  let renewedAt = Number.NEGATIVE_INFINITY;
  let renewedFor = "";
  let drawnAt = 0;
  state.timer?.cancel();
  state.timer = $.clock.every(lookEveryMs, async () => {
    const now = await $.clock.now();
    // `/clear` begins another session.
    const session = await $.session.id();
    if (session !== renewedFor || now - renewedAt >= renewOpenMs) {
      [renewedFor, renewedAt] = [session, now];
      await renewOpen($, session);
    }
    const { mark } = await readPaneFile($, session);
    if (mark === state.mark && now - drawnAt < renewOpenMs) return;
    [state.mark, drawnAt] = [mark, now];
    $.ui.invalidate("ui.render");
  });
}

async function open($: ClaudeCode, state: OpenPane): Promise<string> {
  const opened = await $.ui.open({ id, title: "Sitrep" });
  follow($, state);
  return opened.isPlaced
    ? "The pane is open."
    : `The pane is open, but not shown: ${opened.reason}.`;
}

async function toggle($: ClaudeCode, state: OpenPane): Promise<string> {
  const isOpen = (await $.ui.panes()).some((pane) => pane.id === id);
  await $.store.set(storedAs, !isOpen);
  if (!isOpen) return open($, state);
  await $.ui.close({ id });
  return "The pane is closed.";
}

async function change(
  $: ClaudeCode,
  state: OpenPane,
  move: Move,
  { id: task, name }: PaneTask,
): Promise<void> {
  // A click may be a slip, and some sources show completed tasks to others.
  const mustAsk = move === "done" && state.asked !== task;
  state.asked = mustAsk ? task : null;
  $.ui.invalidate("ui.render");
  if (mustAsk) return;
  const { isDone, text } = await runSitrep($, ["task", move, "--", task]);
  $.ui.toast(`${name}: ${cleanText(isDone ? text.replace(/\n.*/s, "") : text, 300)}`);
}

/** Null for words that Claude answers. */
function wordsFor(args: string): readonly string[] | "pane" | null {
  const [, verb, rest = ""] = /^(\S+)\s*(.*)$/s.exec(args.trim()) ?? [];
  if (verb === "add") return ["task", "add", "--", rest];
  if (rest !== "") return null;
  if (verb === "next") return ["task", "next"];
  return verb === "pane" ? "pane" : null;
}

export function register(on: On): void {
  const state: OpenPane = { timer: null, mark: 0, asked: null };
  on("session.start", {}, async ($, event, next) => {
    const started = await next(event);
    const isWanted = event.isInteractive && (await $.store.get(storedAs)) === true;
    if (isWanted) open($, state).catch(() => undefined);
    return started;
  });
  on("command.run", { command: "sitrep:sitrep" }, async ($, event, next) => {
    const words = wordsFor(event.args);
    if (words === null) return next(event);
    // A hook that throws is skipped: in an older Claude Code the skill answers.
    await findData($);
    const text = words === "pane" ? await toggle($, state) : (await runSitrep($, words)).text;
    return { text, isTextDisplayOnly: true };
  });
  on("ui.close", { id: "sitrep" }, async ($, event, next) => {
    state.timer?.cancel();
    if (event.origin.kind === "person") await $.store.set(storedAs, false);
    return next(event);
  });
  on("ui.render", { component: "Pane", requestId: "sitrep" }, async ($, event) => {
    const elements = $.ui.resolve(event as never);
    const { pane } = await readPaneFile($, await $.session.id());
    if (pane === null)
      return h(elements.Text, {}, "Waiting for the monitor … If this stays: sitrep doctor");
    const onPress = (move: Move, task: PaneTask): void => void change($, state, move, task);
    return drawPane(pane, { elements, now: await $.clock.now(), asked: state.asked, onPress });
  });
}
