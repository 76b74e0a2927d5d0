import {
  chmodSync,
  chownSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { replaceFile } from "../../../src/state/files/replace-file.ts";
import { codeOf } from "../../../src/core/errors.ts";
import { otherUser, requireRoot, sharedFolder } from "../../support/settings-machine.ts";
import { asOtherUser, requireOtherUser } from "../../support/settings-machine.ts";
import { runProgram } from "../../support/settings-processes.ts";
import { temporaryFolder } from "../../support/temporary.ts";

const modeOf = (file: string): number => statSync(file).mode & 0o7777;

/** The code of what replacing throws, or `ok`. */
function tryReplace(...args: Parameters<typeof replaceFile>): string {
  try {
    replaceFile(...args);
    return "ok";
  } catch (error) {
    return codeOf(error);
  }
}

describe("a replaced file", () => {
  test.each([
    ["text", "Grüße\n"],
    ["bytes", Buffer.from([0, 255, 128, 10])],
    ["nothing", ""],
  ])("a replaced file has exactly the given %s, and no draft stays", (_kind, content) => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "file"), "what was there before, and longer");
    replaceFile(join(folder, "file"), content, { mode: 0o600 });
    expect(readFileSync(join(folder, "file"))).toEqual(Buffer.from(content));
    expect(readdirSync(folder)).toEqual(["file"]);
  });

  test("a new file gets the given mode, in a new folder for its owner only", () => {
    const folder = join(temporaryFolder(), "new", "newer");
    replaceFile(join(folder, "file"), "x", { mode: 0o600 });
    expect(modeOf(join(folder, "file"))).toBe(0o600);
    expect(modeOf(folder)).toBe(0o700);
  });

  test.each([0o600, 0o644, 0o666, 0o755, 0o400])("a replaced file keeps its mode %o", (mode) => {
    const file = join(temporaryFolder(), "file");
    writeFileSync(file, "old");
    chmodSync(file, mode);
    replaceFile(file, "new", { mode: 0o640 });
    expect(modeOf(file)).toBe(mode);
  });

  test("a replaced file keeps its owner and group", (context) => {
    requireRoot(context);
    const file = join(temporaryFolder(), "file");
    writeFileSync(file, "old", { mode: 0o640 });
    chownSync(file, otherUser, otherUser + 1);
    replaceFile(file, "new", { mode: 0o600 });
    const { uid, gid } = statSync(file);
    expect({ uid, gid, mode: modeOf(file) }).toEqual({
      uid: otherUser,
      gid: otherUser + 1,
      mode: 0o640,
    });
  });

  test("another hard link keeps the old bytes", () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "file"), "old");
    linkSync(join(folder, "file"), join(folder, "other name"));
    replaceFile(join(folder, "file"), "new", { mode: 0o600 });
    expect(readFileSync(join(folder, "other name"), "utf8")).toBe("old");
    expect(readFileSync(join(folder, "file"), "utf8")).toBe("new");
  });

  test("a file with nearly the longest possible name is replaced", () => {
    const file = join(temporaryFolder(), "n".repeat(200));
    replaceFile(file, "x", { mode: 0o600 });
    expect(readFileSync(file, "utf8")).toBe("x");
  });
});

describe("a file that is not as expected", () => {
  const old = Buffer.from("old");

  test.each([
    { what: "holds other bytes", there: "other", expected: old },
    { what: "holds other bytes of the same length", there: "odl", expected: old },
    { what: "is there though there was none", there: "other", expected: null },
    { what: "is gone", there: null, expected: old },
  ])("a file stays as it is when it $what", ({ there, expected }) => {
    const folder = temporaryFolder();
    const file = join(folder, "file");
    if (there !== null) writeFileSync(file, there);
    expect(tryReplace(file, "new", { mode: 0o600, expected })).toBe("settings-changed");
    expect(readdirSync(folder).map((name) => readFileSync(join(folder, name), "utf8"))).toEqual(
      there === null ? [] : [there],
    );
  });

  test.each([
    { what: "holds the expected bytes", there: "old", expected: old },
    { what: "is missing as expected", there: null, expected: null },
  ])("a file is replaced when it $what", ({ there, expected }) => {
    const file = join(temporaryFolder(), "file");
    if (there !== null) writeFileSync(file, there);
    expect(tryReplace(file, "new", { mode: 0o600, expected })).toBe("ok");
    expect(readFileSync(file, "utf8")).toBe("new");
  });
});

describe("a file that cannot be replaced", () => {
  test("a folder is not replaced, and keeps its content", () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, "file", "inner"), { recursive: true });
    expect(tryReplace(join(folder, "file"), "new", { mode: 0o600 })).toBe("EISDIR");
    expect(readdirSync(folder, { recursive: true }).map(String).toSorted()).toEqual([
      "file",
      join("file", "inner"),
    ]);
  });

  test("a file below a file is not replaced", () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "file"), "old");
    expect(tryReplace(join(folder, "file", "inner"), "new", { mode: 0o600 })).not.toBe("ok");
    expect(readFileSync(join(folder, "file"), "utf8")).toBe("old");
  });

  test("F77: a file in a read-only folder is not replaced", (context) => {
    requireOtherUser(context);
    const folder = sharedFolder();
    const file = join(folder, "file");
    writeFileSync(file, "old");
    chownSync(file, otherUser, otherUser);
    expect(runProgram("replace", [file, "new"], asOtherUser).code).toBe("EACCES");
    expect(readFileSync(file, "utf8")).toBe("old");
    expect(readdirSync(folder)).toEqual(["file"]);
  });

  // A folder that may be written and entered but not listed cannot be opened to be synchronized: that comes after the
  // rename, so the caller gets a failure that was none.
  test("a failed fsync of the folder is not a failed replacement", (context) => {
    requireOtherUser(context);
    const folder = sharedFolder();
    const file = join(folder, "file");
    chownSync(folder, otherUser, otherUser);
    chmodSync(folder, 0o300);
    const { code } = runProgram("replace", [file, "new"], asOtherUser);
    expect(readFileSync(file, "utf8")).toBe("new");
    expect(code).toBe("ok");
  });
});
