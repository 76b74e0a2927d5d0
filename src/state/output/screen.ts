// A terminal as long as somebody watches it: what is drawn again and again, and what comes until Ctrl-C.

import { setTimeout as sleep } from "node:timers/promises";
import { terminalLine } from "./terminal.ts";
import { hasColour, paint, type Line } from "./styled.ts";

/** A screen that is drawn again and again; what was on the terminal before comes back when it is disposed of. */
export interface Screen extends Disposable {
  /** Shows these lines, as many as there is room for. */
  draw(lines: readonly Line[]): void;
}

/** Takes the terminal of standard output. `onResize`: its size has changed. */
export function openScreen(onResize: () => void): Screen {
  const { stdout } = process;
  // The other screen, no cursor, and nothing that goes on in a second row.
  stdout.write("\u001b[?1049h\u001b[?25l\u001b[?7l");
  stdout.on("resize", onResize);
  return {
    draw: (lines) => {
      const isColoured = hasColour(stdout, process.env);
      const room = Math.max(2, (stdout.rows || 24) - 1);
      const shown = lines.length > room ? lines.slice(0, room - 1) : lines;
      const left = lines.length - shown.length;
      const rows = [...shown, ...(left > 0 ? [`… ${left} lines more`] : [])].map(
        (line) => `${paint(line, terminalLine, isColoured)}\u001b[K\n`,
      );
      stdout.write(`\u001b[H${rows.join("")}\u001b[J`);
    },
    [Symbol.dispose]: () => {
      stdout.off("resize", onResize);
      stdout.write("\u001b[?7h\u001b[?25h\u001b[?1049l");
    },
  };
}

/** 128 and the signal's number, as shells have it. */
const endings = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** Does the work each `everyMs` until a signal ends it, as Ctrl-C does, or nobody reads any more. Sets the exit code. */
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
    // oxlint-disable-next-line no-await-in-loop -- one look after the other
    await sleep(everyMs, null, { signal: stop.signal }).catch(() => undefined);
    if (stop.signal.aborted) return;
    // oxlint-disable-next-line no-await-in-loop -- as above
    await work();
  }
}
