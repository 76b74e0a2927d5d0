import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readSmallFile } from "../../../src/state/files/read-small-file.ts";
import { makeFifo } from "../../support/settings-machine.ts";
import { runProgram } from "../../support/settings-processes.ts";
import { temporaryFolder } from "../../support/temporary.ts";

describe("a small file", () => {
  test("a small file is read as text, up to the given number of bytes", () => {
    const file = join(temporaryFolder(), "file");
    writeFileSync(file, "Grüße\n");
    expect(readSmallFile(file, 4096)).toBe("Grüße\n");
    expect(readSmallFile(file, 2)).toBe("Gr");
  });

  test("a file in /proc is read even if its size is 0", (context) => {
    context.skip(process.platform !== "linux", "needs /proc");
    expect(readSmallFile("/proc/self/stat", 4096)).toContain(`${process.pid} (`);
  });

  test("a missing file and a folder read as null", () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, "folder"));
    expect(readSmallFile(join(folder, "missing"), 4096)).toBeNull();
    expect(readSmallFile(join(folder, "folder"), 4096)).toBeNull();
  });

  test("a FIFO reads as null without waiting", (context) => {
    const file = join(temporaryFolder(), "fifo");
    makeFifo(context, file);
    expect(runProgram("read-small", [file])).toEqual({ code: "ok", value: null });
  });

  test.each(["/dev/zero", "/dev/full"])("the device %s reads as null", (file) => {
    expect(readSmallFile(file, 4096)).toBeNull();
  });
});
