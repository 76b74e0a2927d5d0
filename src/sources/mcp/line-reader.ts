// Lines out of chunks, each limited in bytes and depth before it is parsed.

import { createStructureScan } from "../../core/mapping/response-bounds.ts";
import type { SourceError } from "../../core/source-error.ts";
import { tooComplex, tooLarge } from "../../http/capped-body.ts";

const lineEnd = 10;

/** The lines that a chunk completes, without their ends. `failure`: a line is beyond its limits, and nothing after it is read. */
export interface ReadLines {
  readonly whole: readonly string[];
  readonly failure: SourceError | null;
}

export function createLineReader(name: string, largest: number): (chunk: Buffer) => ReadLines {
  let parts: Buffer[] = [];
  let length = 0;
  let isTooComplex = createStructureScan(largest);

  /** Keeps a part of the line; gives what is wrong with the line, or null. */
  function keep(part: Buffer): SourceError | null {
    parts.push(part);
    length += part.length;
    if (length > largest) return tooLarge(name, largest);
    return isTooComplex(part) ? tooComplex(name) : null;
  }

  function takeLine(): string {
    const line = Buffer.concat(parts, length).toString("utf8");
    [parts, length, isTooComplex] = [[], 0, createStructureScan(largest)];
    return line;
  }

  return (chunk) => {
    const whole: string[] = [];
    let from = 0;
    for (let end = chunk.indexOf(lineEnd); end >= 0; end = chunk.indexOf(lineEnd, from)) {
      const failure = keep(chunk.subarray(from, end));
      if (failure !== null) return { whole, failure };
      whole.push(takeLine());
      from = end + 1;
    }
    return { whole, failure: from < chunk.length ? keep(chunk.subarray(from)) : null };
  };
}
