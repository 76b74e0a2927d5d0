// The full-screen terminal, by pi-tui, which draws changed rows and reads keys and the mouse. Only `sitrep watch` loads it.

import { matchesKey, parseKey } from "@earendil-works/pi-tui/dist/keys.js";
import { StdinBuffer } from "@earendil-works/pi-tui/dist/stdin-buffer.js";
import type { Terminal } from "@earendil-works/pi-tui/dist/terminal.js";
import { setCapabilities } from "@earendil-works/pi-tui/dist/terminal-image.js";
import { TuiAltScreen } from "@earendil-works/pi-tui/dist/tui-alt-screen.js";
import { endings } from "./live-output.ts";
import { hasColor, paint, type Line } from "./styled.ts";
import { terminalLine } from "./terminal.ts";

export interface FullScreenPort {
  /** The content, one line for each row of the terminal. */
  lines: (columns: number, rows: number) => readonly Line[];
  /** `up`, `ctrl+c`, or the text that was typed. */
  onKey: (key: string) => void;
  /** `row`: from 0. */
  onClick: (row: number, isDouble: boolean) => void;
  /** Positive: downwards. */
  onWheel: (rows: number) => void;
  /** Called when the program continues after Ctrl-Z. */
  onResume: () => void;
}

export interface FullScreen extends Disposable {
  /** `isWhole`: also rows that have not changed. */
  redraw(isWhole?: boolean): void;
  /** Gives the terminal back and stops the program, as Ctrl-Z does. */
  suspend(): void;
  end(code: number): void;
  /** Resolves with the exit code, after a signal and when the terminal is gone too. */
  ended: Promise<number>;
}

/** True for sequences of the mouse and of focus, which the library handles itself. */
const isPointer = (sequence: string): boolean =>
  sequence.startsWith("\u001b[<") || sequence === "\u001b[I" || sequence === "\u001b[O";

/** `parseKey` does not know the sequences of the Linux console and tmux for Home and End. */
const keyOf = (sequence: string): string =>
  (["home", "end"] as const).find((key) => matchesKey(sequence, key)) ??
  parseKey(sequence) ??
  sequence;

const nothing = (): void => undefined;

/** Replaces the library's terminal, which enables key releases: they would stay enabled after a SIGKILL. */
function plainTerminal(onKey: (key: string) => void): Terminal {
  const { stdin, stdout } = process;
  let stop = nothing;
  const write = (text: string): void => void stdout.write(text);
  return {
    start: (onInput, onResize) => {
      const input = new StdinBuffer();
      const hear = (part: string): void => input.process(part);
      input.on("data", (one: string) => {
        if (isPointer(one)) onInput(one);
        else onKey(keyOf(one));
      });
      stdin.setRawMode(true);
      stdin.setEncoding("utf8").on("data", hear).resume();
      stdout.on("resize", onResize);
      stop = () => {
        input.destroy();
        stdin.off("data", hear).pause();
        stdout.off("resize", onResize);
        stdin.setRawMode(false);
      };
    },
    stop: () => stop(),
    drainInput: () => Promise.resolve(),
    write,
    get columns() {
      return stdout.columns || 80;
    },
    get rows() {
      return stdout.rows || 24;
    },
    kittyProtocolActive: false,
    hideCursor: () => write("\u001b[?25l"),
    showCursor: () => write("\u001b[?25h"),
    moveBy: nothing,
    clearLine: nothing,
    clearFromCursor: nothing,
    clearScreen: nothing,
    setTitle: nothing,
    setProgress: nothing,
  };
}

const wheelRows = 3;

function createTui(port: FullScreenPort): TuiAltScreen {
  // Otherwise the library detects the terminal's capabilities, which starts a process in tmux.
  setCapabilities({ images: null, trueColor: false, hyperlinks: false });
  const tui = new TuiAltScreen(plainTerminal(port.onKey), false, undefined, {
    wheelScrollLines: wheelRows,
    copyOnSelect: false,
  });
  tui.setLayoutRoot({
    invalidate: () => undefined,
    render: (columns) => {
      const isColored = hasColor(process.stdout, process.env);
      const { rows } = tui.terminal;
      const lines = port.lines(columns, rows).slice(0, rows);
      return lines.map((line) => paint(line, terminalLine, isColored));
    },
    handleMouse: ({ type, button, y, wheelDelta = 0, clickCount = 1 }) => {
      if (type === "wheel") port.onWheel(wheelDelta);
      else if (type === "click" && button === "left") port.onClick(y, clickCount === 2);
      return { handled: true, render: false };
    },
  });
  return tui;
}

/** Takes the terminal until it is disposed of. */
export function openFullScreen(port: FullScreenPort): FullScreen {
  const { promise: ended, resolve } = Promise.withResolvers<number>();
  const tui = createTui(port);
  let isOpen = false;
  const open = (): void => {
    isOpen = true;
    tui.start();
    // A frame requested before a suspension would keep the next one from being drawn.
    tui.renderNow(true);
  };
  const close = (): void => {
    if (isOpen) tui.stop({ preserveScreen: true });
    isOpen = false;
  };
  const suspend = (): void => {
    if (process.platform === "win32") return;
    close();
    process.off("SIGTSTP", suspend);
    // Stops the whole process group, as the terminal does for Ctrl-Z, so that a shell script that runs us stops too.
    process.kill(0, "SIGTSTP");
  };
  const resume = (): void => {
    // After SIGSTOP, which cannot be caught, the terminal has the shell's settings.
    close();
    process.off("SIGTSTP", suspend).on("SIGTSTP", suspend);
    open();
    port.onResume();
  };
  const endWith = Object.entries(endings).map(
    ([signal, code]) => [signal, () => resolve(code)] as const,
  );
  const isGone = (): void => resolve(endings.SIGHUP);
  for (const [signal, end] of endWith) process.on(signal, end);
  process.on("SIGTSTP", suspend).on("SIGCONT", resume).once("exit", close);
  process.stdin.once("end", isGone).once("error", isGone);
  process.stdout.once("error", isGone);
  open();
  return {
    redraw: (isWhole = false) => {
      if (isOpen) tui.requestRender(isWhole);
    },
    suspend,
    end: resolve,
    ended,
    [Symbol.dispose]: () => {
      close();
      for (const [signal, end] of endWith) process.off(signal, end);
      process.off("SIGTSTP", suspend).off("SIGCONT", resume).off("exit", close);
    },
  };
}
