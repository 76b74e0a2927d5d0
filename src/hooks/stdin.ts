// Reads a hook's standard input under a deadline. `fs.read`, because `process.stdin` alone costs an eighth of Node's
// start; it ends at the end of the JSON object, because some clients leave the pipe open.

import { read } from "node:fs";

export interface StdinLimits {
  maxBytes: number;
  timeoutMs: number;
}

/** What could be read. `isPending`: a read is still waiting, and the process can only be ended by a signal. */
export interface StdinText {
  text: string;
  isPending: boolean;
}

function isCompleteObject(text: string): boolean {
  if (!text.trimEnd().endsWith("}")) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Reads the descriptor to its end, to the end of one JSON object, to `maxBytes` or to the deadline. Never fails. */
export function readStdin(limits: StdinLimits, fd = 0): Promise<StdinText> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const text = (): string => Buffer.concat(chunks).toString("utf8");
    const finish = (isPending: boolean): void => {
      clearTimeout(timer);
      resolve({ text: text(), isPending });
    };
    const timer = setTimeout(() => finish(true), limits.timeoutMs);
    const next = (): void => {
      const buffer = Buffer.allocUnsafe(65_536);
      read(fd, buffer, 0, buffer.length, null, (error, bytes) => {
        if (error !== null || bytes === 0) return finish(false);
        chunks.push(buffer.subarray(0, bytes));
        size += bytes;
        if (size >= limits.maxBytes || isCompleteObject(text())) finish(false);
        else next();
      });
    };
    next();
  });
}
