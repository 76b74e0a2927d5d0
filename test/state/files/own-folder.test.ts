// Which folders and programs are one's own, on real folders of real users.

import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { getDefaultClient } from "../../../src/index.ts";
import {
  isOwnFolder,
  replaceablePart,
  requireOwnFolder,
} from "../../../src/state/files/own-folder.ts";
import {
  asOtherUser,
  otherUser,
  requireOtherUser,
  requireRoot,
  sharedFolder,
} from "../../support/settings-machine.ts";
import { temporaryFolder } from "../../support/temporary.ts";

const faultOf = (folder: string): string | null => {
  try {
    requireOwnFolder(folder, true);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
};

function made(mode: number, ...names: string[]): string {
  const folder = join(temporaryFolder(), ...names);
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, mode);
  return folder;
}

describe("Sitrep's own folder", () => {
  test.for([0o700, 0o755, 0o500])("a folder of mode %o is accepted", (mode) => {
    const folder = made(mode, "state");
    expect([faultOf(folder), isOwnFolder(folder)]).toEqual([null, true]);
  });

  test("a missing folder is accepted, in one's own folder and in /tmp", () => {
    const folder = join(temporaryFolder(), "a/b/state");
    expect([faultOf(folder), isOwnFolder(folder)]).toEqual([null, true]);
    expect(faultOf("/tmp/sitrep-that-nobody-has-made")).toBeNull();
  });

  test.for([0o770, 0o702, 0o777, 0o1777])(
    "A37: a folder that others can write (mode %o) is refused",
    (mode) => {
      const folder = made(mode, "state");
      expect(faultOf(folder)).toBe(`${folder} is writable by other users.`);
      expect(isOwnFolder(folder)).toBe(false);
    },
  );

  test("A37: a symlink in the folder's path is refused, wherever it leads", () => {
    const real = made(0o700, "real");
    const link = join(temporaryFolder(), "state");
    symlinkSync(real, link);
    expect(faultOf(link)).toBe(`${link} is a link.`);
    expect(isOwnFolder(link)).toBe(false);
  });

  test("A37, F19: a folder that another user made first is refused", (context) => {
    requireOtherUser(context);
    const shared = made(0o1777, "shared");
    chmodSync(join(shared, ".."), 0o755);
    const folder = join(shared, "state");
    const [program = "", ...args] = asOtherUser(["mkdir", "-m", "755", folder]);
    execFileSync(program, args);
    expect(faultOf(folder)).toBe(`${folder} belongs to another user.`);
    expect(isOwnFolder(folder)).toBe(false);
    // The control: what a link and a mode could hide is only who owns it.
    chownSync(folder, 0, 0);
    expect([faultOf(folder), isOwnFolder(folder)]).toEqual([null, true]);
  });

  test("A37: a folder with a parent that others can write is refused", () => {
    const folder = made(0o700, "open", "state");
    const open = join(folder, "..");
    chmodSync(open, 0o777);
    expect(faultOf(folder)).toBe(`${open} is writable by other users, and ${folder} is in it.`);
    // In a folder with the sticky bit only owners move things.
    chmodSync(open, 0o1777);
    expect(faultOf(folder)).toBeNull();
  });

  test("A37: a path through a symlink to a folder that others can write is refused", () => {
    const folder = made(0o700, "open", "state");
    const open = join(folder, "..");
    chmodSync(open, 0o777);
    const link = join(temporaryFolder(), "way");
    symlinkSync(open, link);
    expect(faultOf(join(link, "state"))).toContain(`${open} is writable by other users`);
  });

  test("A37: a folder with another user's parent is refused", (context) => {
    requireRoot(context);
    const folder = made(0o700, "theirs", "state");
    chownSync(join(folder, ".."), otherUser, otherUser);
    expect(faultOf(folder)).toContain("belongs to another user, and");
  });

  test("the library refuses an unsafe folder too", async () => {
    const home = made(0o777, "home", "state");
    const env = { SITREP_HOME: join(home, ".."), MCP_SERVER_URL: "http://127.0.0.1:1/mcp" };
    await expect(getDefaultClient({ env })).rejects.toMatchObject({ code: "folder-unsafe" });
  });
});

describe("A38: a program that others can replace is reported", () => {
  function program(): string {
    const file = join(sharedFolder(), "git");
    writeFileSync(file, "#!/bin/sh\n", { mode: 0o755 });
    return file;
  }

  test("one's own program is not replaceable", () => {
    expect(replaceablePart(program())).toBeNull();
    expect(replaceablePart("/usr/bin/env")).toBeNull();
  });

  test("a program that others can write is replaceable", () => {
    const file = program();
    chmodSync(file, 0o757);
    expect(replaceablePart(file)).toEqual({ path: file, fault: "is writable by other users" });
  });

  test("a program in a folder that others can write is replaceable, also through a symlink", () => {
    const file = program();
    const link = join(temporaryFolder(), "git");
    symlinkSync(file, link);
    chmodSync(join(file, ".."), 0o777);
    const what = { path: join(file, ".."), fault: "is writable by other users" };
    expect([replaceablePart(file), replaceablePart(link)]).toEqual([what, what]);
  });

  test("another user's program is replaceable", (context) => {
    requireRoot(context);
    const file = program();
    chownSync(file, otherUser, otherUser);
    expect(replaceablePart(file)).toEqual({ path: file, fault: "belongs to another user" });
  });
});
