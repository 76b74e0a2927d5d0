// The module of the plugin, which Claude Code runs in itself: the pane, and `/sitrep` with words, answered without a request to
// the model. It tells the model nothing, and takes no part in a tool call.

import { renewOpenMs, type PaneTask } from "../../core/pane.ts";
import { cleanText } from "../../core/quote.ts";
import type { ClaudeCode, On } from "./module-interface.ts";
import { drawPane, type PaneAction } from "./draw.ts";
import { changedAt, findData, readPaneFile, renewOpen, runSitrep } from "./sitrep.ts";

const id = "sitrep";
/** In Claude Code's store for the plugin: a pane that a person opened is open in the next session. */
const storedAs = "isPaneOpen";
/** Each look goes through Claude Code's own process: one a second took 1% of a core. */
const lookEveryMs = 2000;

interface OpenPane {
  timer: { cancel: () => void } | null;
  asked: string | null;
}

/** Redraws the pane when the monitor has written, and once a minute for the text of its age. */
async function follow($: ClaudeCode, state: OpenPane): Promise<void> {
  const looksToRenew = renewOpenMs / lookEveryMs;
  let looks = 0;
  let session = "";
  let file: string | null = null;
  let mark = 0;
  const look = async (): Promise<void> => {
    // `/clear` begins another session.
    const current = await $.session.id();
    const mustRenew = current !== session || looks >= looksToRenew;
    if (mustRenew) {
      [session, looks] = [current, 0];
      file = await renewOpen($, session);
    }
    looks += 1;
    const before = mark;
    mark = await changedAt($, file);
    if (mustRenew || mark !== before) $.ui.invalidate("ui.render");
  };
  state.timer?.cancel();
  state.timer = $.clock.every(lookEveryMs, look);
  await look();
}

async function open($: ClaudeCode, state: OpenPane): Promise<string> {
  const opened = await $.ui.open({ id, title: "Sitrep" });
  await follow($, state);
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
  action: PaneAction,
  { id: task, name }: PaneTask,
): Promise<void> {
  // A click may be a slip, and some sources show completed tasks to others.
  const mustAsk = action === "done" && state.asked !== task;
  state.asked = mustAsk ? task : null;
  $.ui.invalidate("ui.render");
  if (mustAsk) return;
  const { isDone, text } = await runSitrep($, ["task", action, "--", task]);
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
  const state: OpenPane = { timer: null, asked: null };
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
    const pane = await readPaneFile($);
    if (pane === null)
      return h(elements.Text, {}, "Waiting for the monitor … If this stays: sitrep doctor");
    const onPress = (action: PaneAction, task: PaneTask): void =>
      void change($, state, action, task);
    return drawPane(pane, { elements, now: await $.clock.now(), asked: state.asked, onPress });
  });
}
