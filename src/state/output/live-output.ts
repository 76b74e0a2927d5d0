// Output that goes on until Ctrl-C: a screen that is redrawn, or lines that keep coming.

import { setTimeout as sleep } from "node:timers/promises";
import { terminalLine } from "./terminal.ts";
import { hasColor, paint, type Line } from "./styled.ts";

export interface Screen extends Disposable {
  draw(lines: readonly Line[]): void;
}

export function openScreen(onResize: () => void): Screen {
  const { stdout } = process;
  // The alternate screen, no cursor, no line wrapping.
  stdout.write("\u001b[?1049h\u001b[?25l\u001b[?7l");
  stdout.on("resize", onResize);
  return {
    draw: (lines) => {
      const isColored = hasColor(stdout, process.env);
      const room = Math.max(2, (stdout.rows || 24) - 1);
      const shown = lines.length > room ? lines.slice(0, room - 1) : lines;
      const left = lines.length - shown.length;
      const rows = [...shown, ...(left > 0 ? [`… ${left} more lines`] : [])].map(
        (line) => `${paint(line, terminalLine, isColored)}\u001b[K\n`,
      );
      stdout.write(`\u001b[H${rows.join("")}\u001b[J`);
    },
    [Symbol.dispose]: () => {
      stdout.off("resize", onResize);
      stdout.write("\u001b[?7h\u001b[?25h\u001b[?1049l");
    },
  };
}

/** 128 plus the signal's number, as in shells. */
export const endings = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** Does the work every `everyMs` until a signal such as Ctrl-C, or until the reader closes the pipe. Sets the exit code. */
export async function untilInterrupted(
  work: () => Promise<void> | void,
  everyMs: number,
): Promise<void> {
  const stop = new AbortController();
  const end = (code: number): void => {
    process.exitCode = code;
    stop.abort();
  };
  for (const [signal, code] of Object.entries(endings)) process.once(signal, () => end(code));
  process.stdout.once("error", () => end(0));
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await sleep(everyMs, null, { signal: stop.signal }).catch(() => undefined);
    if (stop.signal.aborted) return;
    // oxlint-disable-next-line no-await-in-loop -- as above
    await work();
  }
}
