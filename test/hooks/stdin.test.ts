import { execFileSync } from "node:child_process";
import { closeSync, constants, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { readStdin } from "../../src/hooks/input.ts";
import { temporaryFolder } from "../support/temporary.ts";

const limits = { maxBytes: 1024 * 1024, timeoutMs: 200 };

/** Both ends of a pipe; the writing end is closed by the test or at its end. */
function aPipe(): { reader: number; write: (text: string) => void; close: () => void } {
  const file = join(temporaryFolder(), "pipe");
  execFileSync("mkfifo", [file]);
  // Opened for both, so that neither open blocks.
  const both = openSync(file, constants.O_RDWR);
  const reader = openSync(file, constants.O_RDONLY);
  const writer = openSync(file, constants.O_WRONLY);
  closeSync(both);
  let isOpen = true;
  const close = (): void => {
    if (isOpen) closeSync(writer);
    isOpen = false;
  };
  onTestFinished(close);
  return { reader, write: (text) => writeSync(writer, text), close };
}

describe("standard input of a hook", () => {
  test("is read until it ends", async () => {
    const pipe = aPipe();
    pipe.write('{"a":1}');
    pipe.close();
    expect(await readStdin(limits, pipe.reader)).toEqual({ text: '{"a":1}', isPending: false });
  });

  test("is read to the end of its JSON object, at once, if it stays open", async () => {
    const pipe = aPipe();
    pipe.write('{"a":{"b":"}"}}\n');
    const started = performance.now();
    const read = await readStdin(limits, pipe.reader);
    expect(read).toEqual({ text: '{"a":{"b":"}"}}\n', isPending: false });
    expect(performance.now() - started).toBeLessThan(150);
  });

  test("is read even if it arrived while the process had no processor time", async () => {
    const pipe = aPipe();
    pipe.write('{"a":1}');
    const reading = readStdin({ ...limits, timeoutMs: 1 }, pipe.reader);
    const until = performance.now() + 40;
    while (performance.now() < until);
    expect(await reading).toEqual({ text: '{"a":1}', isPending: false });
  });

  test("F43: standard input that stays open with half an object is given up at the deadline", async () => {
    const pipe = aPipe();
    pipe.write('{"a":');
    const started = performance.now();
    const read = await readStdin({ ...limits, timeoutMs: 50 }, pipe.reader);
    expect(read).toEqual({ text: '{"a":', isPending: true });
    expect(performance.now() - started).toBeLessThan(180);
    pipe.close();
  });

  test("is given up at the deadline if it stays silent", async () => {
    const pipe = aPipe();
    const read = await readStdin({ ...limits, timeoutMs: 50 }, pipe.reader);
    expect(read).toEqual({ text: "", isPending: true });
    pipe.close();
  });

  test("is read up to its limit and no further if it has 50 MB", async () => {
    const file = join(temporaryFolder(), "large");
    writeFileSync(file, "x".repeat(50 * 1024 * 1024));
    const fd = openSync(file, "r");
    const read = await readStdin(limits, fd);
    closeSync(fd);
    expect(read.text.length).toBeGreaterThanOrEqual(limits.maxBytes);
    expect(read.text.length).toBeLessThan(limits.maxBytes + 65_537);
    expect(read.isPending).toBe(false);
  });

  test("counts as empty if it is closed or missing", async () => {
    expect(await readStdin(limits, 987)).toEqual({ text: "", isPending: false });
  });
});
