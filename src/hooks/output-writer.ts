// The one place that writes a hook's standard output and ends its process, each at most once.

import { writeSync } from "node:fs";

export interface OutputWriter {
  /** Writes the text in one call. A second call, and any failure (a closed or full pipe), is passed over. */
  say(text: string): void;
  /**
   * Ends the process at once, by SIGKILL: the orderly way costs a millisecond, and a read of standard input that never
   * returns would hold it back for ever. The gate makes 0 of the exit code; where there is no gate, only a read that is
   * pending is worth that.
   */
  end(isReadPending: boolean): void;
}

const tries = 10;

function writeAll(text: string): void {
  const bytes = Buffer.from(text, "utf8");
  let done = 0;
  for (let left = tries; done < bytes.length && left > 0; left -= 1) {
    try {
      done += writeSync(1, bytes, done);
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EAGAIN")) return;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

export function createOutputWriter(): OutputWriter {
  let hasSpoken = false;
  return {
    say: (text) => {
      if (hasSpoken) return;
      hasSpoken = true;
      writeAll(text);
    },
    end: (isReadPending) => {
      if (process.platform === "win32" && !isReadPending) process.exit(0);
      try {
        process.kill(process.pid, "SIGKILL");
      } finally {
        // Where signals are forbidden.
        process.exit(0);
      }
    },
  };
}
