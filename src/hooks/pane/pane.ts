// The module of the plugin, which Claude Code runs in itself: the pane, and `/sitrep` with words, answered without a request to
// the model. It tells the model nothing, and takes no part in a tool call.

import { renewOpenMs, type PaneTask } from "../../core/pane.ts";
import { cleanText } from "../../core/quote.ts";
import type { ClaudeCode, On } from "./claude-code.ts";
import { drawPane, type Move } from "./draw.ts";
import { readPaneFile, renewOpen, runSitrep } from "./sitrep.ts";

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
  let drawnAt = 0;
  state.timer?.cancel();
  state.timer = $.clock.every(lookEveryMs, async () => {
    const now = await $.clock.now();
    if (now - renewedAt >= renewOpenMs) {
      renewedAt = now;
      await renewOpen($);
    }
    const { mark } = await readPaneFile($);
    if (mark === state.mark && now - drawnAt < renewOpenMs) return;
    [state.mark, drawnAt] = [mark, now];
    $.ui.invalidate("ui.render");
  });
}

async function open($: ClaudeCode, state: OpenPane): Promise<string> {
  await renewOpen($).catch(() => undefined);
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
  const [said = ""] = (await runSitrep($, ["task", move, "--", task])).split("\n");
  $.ui.toast(`${name}: ${cleanText(said, 200)}`);
}

/** Null for words that Claude answers. */
function answerTo($: ClaudeCode, state: OpenPane, args: string): Promise<string> | null {
  const [, verb, rest = ""] = /^(\S+)\s*(.*)$/s.exec(args.trim()) ?? [];
  if (verb === "add") return runSitrep($, ["task", "add", "--", rest]);
  if (verb === "next" && rest === "") return runSitrep($, ["task", "next"]);
  return verb === "pane" && rest === "" ? toggle($, state) : null;
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
    const answer = answerTo($, state, event.args);
    if (answer === null) return next(event);
    return { text: await answer, isTextDisplayOnly: true };
  });
  on("ui.close", { id: "sitrep" }, async ($, event, next) => {
    state.timer?.cancel();
    if (event.origin.kind === "person") await $.store.set(storedAs, false);
    return next(event);
  });
  on("ui.render", { component: "Pane", requestId: "sitrep" }, async ($, event) => {
    const elements = $.ui.resolve(event as never);
    const { pane } = await readPaneFile($);
    if (pane === null) return h(elements.Text, {}, "Waiting for the monitor …");
    const onPress = (move: Move, task: PaneTask): void => void change($, state, move, task);
    return drawPane(pane, { elements, now: await $.clock.now(), asked: state.asked, onPress });
  });
}
