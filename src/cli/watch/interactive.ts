// The interactive terminal: keys and new snapshots come in, frames and commands go out.

import { messageOf } from "../../core/errors.ts";
import { openFullScreen } from "../../state/output/full-screen.ts";
import type { Screen } from "../today.ts";
import { workText, type doWork, type Work } from "./run-command.ts";
import { frameOf, type Frame } from "./frame.ts";
import { onClick, onKey, onWheel, type Step } from "./update.ts";
import { firstView, type View } from "./view.ts";

export const lookEveryMs = 1000;

export interface Snapshots {
  /** True when something may have changed since the last call. */
  hasNews: () => boolean;
  read: () => Promise<Screen>;
}

type DoWork = (work: Work) => ReturnType<typeof doWork>;

/** Sets the exit code. Throws a configuration error before it takes over the terminal. */
export async function watchOnScreen({ hasNews, read }: Snapshots, work: DoWork): Promise<void> {
  hasNews();
  let screen = await read();
  let view: View = firstView;
  let frame: Frame = frameOf(screen, view, { columns: 80, rows: 24 });
  let isBusy = false;

  const change = (changed: Partial<View>): void => {
    view = { ...view, ...changed };
    terminal.redraw();
  };
  const failed = (error: unknown): void =>
    change({ message: { text: messageOf(error), isBad: true } });
  const readAgain = async (): Promise<void> => {
    screen = await read();
    terminal.redraw();
  };
  /** Runs one command at a time: a second one could undo the effect of the first. */
  const start = async (given: Work): Promise<void> => {
    if (isBusy)
      return change({ message: { text: "The last command has not ended yet.", isBad: true } });
    isBusy = true;
    change({ message: { text: workText(given), isBad: false } });
    try {
      const { message = null, page = null } = await work(given);
      await readAgain();
      change({ message, page });
    } finally {
      isBusy = false;
    }
  };
  const take = ({ view: next, effect }: Step): void => {
    change(next);
    if (effect === undefined) return;
    if (effect.kind === "quit") terminal.end(effect.code);
    else if (effect.kind === "suspend") terminal.suspend();
    else if (effect.kind === "redraw") terminal.redraw(true);
    else start(effect).catch(failed);
  };
  using terminal = openFullScreen({
    lines: (columns, rows) => {
      frame = frameOf(screen, view, { columns, rows });
      return frame.lines;
    },
    onKey: (key) => take(onKey(view, key, frame)),
    onClick: (row, isDouble) => take(onClick(view, row, isDouble, frame)),
    onWheel: (rows) => take(onWheel(view, rows, frame)),
    onResume: () => void readAgain().catch(failed),
  });
  const timer = setInterval(() => {
    if (hasNews()) readAgain().catch(failed);
  }, lookEveryMs);
  process.exitCode = await terminal.ended;
  clearInterval(timer);
}
