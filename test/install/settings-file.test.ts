// Reading and writing a settings file, on real files: whatever it is and whoever else writes it.

import {
  chmodSync,
  chownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readSettingsFile, writeSettings } from "../../src/install/settings-file.ts";
import { failureOf } from "../support/settings-entries.ts";
import {
  asOtherUser,
  makeFifo,
  otherUser,
  requireOtherUser,
  requireRoot,
  sharedFolder,
  smallDisk,
} from "../support/settings-machine.ts";
import { runBeside, runProgram } from "../support/settings-processes.ts";
import { temporaryFolder } from "../support/temporary.ts";

const modeOf = (file: string): number => statSync(file).mode & 0o7777;

/** Reads the file and writes another text in its place. */
const rewrite = (file: string, text: string): void => writeSettings(readSettingsFile(file), text);

describe("a settings file", () => {
  test("is read with its bytes and its text, byte order mark included", () => {
    const file = join(temporaryFolder(), "settings.json");
    const bytes = Buffer.from('\uFEFF{"name": "Grüße"}\r\n', "utf8");
    writeFileSync(file, bytes);
    expect(readSettingsFile(file)).toEqual({
      file,
      target: file,
      bytes,
      text: '\uFEFF{"name": "Grüße"}\r\n',
    });
  });

  test("is read as null if it is missing, and is created with its folder", () => {
    const file = join(temporaryFolder(), ".claude", "settings.json");
    expect(readSettingsFile(file)).toEqual({ file, target: file, bytes: null, text: null });
    rewrite(file, "{}\n");
    expect(readFileSync(file, "utf8")).toBe("{}\n");
    expect(modeOf(file) & 0o600).toBe(0o600);
    expect(modeOf(file) & 0o133).toBe(0);
  });

  test.each([0o600, 0o640, 0o644, 0o664])("F73: keeps its mode %o", (mode) => {
    const file = join(temporaryFolder(), "settings.json");
    writeFileSync(file, "{}");
    chmodSync(file, mode);
    rewrite(file, '{"a": 1}');
    expect(modeOf(file)).toBe(mode);
  });

  test("F73: keeps its owner when root writes it", (context) => {
    requireRoot(context);
    const file = join(temporaryFolder(), "settings.json");
    writeFileSync(file, "{}");
    chownSync(file, otherUser, otherUser);
    rewrite(file, '{"a": 1}');
    expect([statSync(file).uid, statSync(file).gid]).toEqual([otherUser, otherUser]);
  });
});

describe("a symlink", () => {
  test("F73: a symlink to a settings file stays, and its target is changed", () => {
    const folder = temporaryFolder();
    const [file, dotfile] = [
      join(folder, "settings.json"),
      join(folder, "dotfiles", "claude.json"),
    ];
    mkdirSync(join(folder, "dotfiles"));
    writeFileSync(dotfile, "{}", { mode: 0o600 });
    symlinkSync("dotfiles/claude.json", file);
    rewrite(file, '{"a": 1}');
    expect(readlinkSync(file)).toBe("dotfiles/claude.json");
    expect(lstatSync(dotfile).isFile()).toBe(true);
    expect(readFileSync(dotfile, "utf8")).toBe('{"a": 1}');
    expect(readdirSync(folder).toSorted()).toEqual(["dotfiles", "settings.json"]);
  });

  test("F73: a symlink to a symlink is followed to the file", () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "c"), "{}");
    symlinkSync("c", join(folder, "b"));
    symlinkSync("b", join(folder, "a"));
    rewrite(join(folder, "a"), "[]");
    expect([readlinkSync(join(folder, "a")), readlinkSync(join(folder, "b"))]).toEqual(["b", "c"]);
    expect(readFileSync(join(folder, "c"), "utf8")).toBe("[]");
  });

  test.each([true, false])(
    "in the path of the .claude folder stays (with a settings file in it: %s)",
    (hasFile) => {
      const folder = temporaryFolder();
      const real = join(folder, "dotfiles", "claude");
      mkdirSync(real, { recursive: true });
      if (hasFile) writeFileSync(join(real, "settings.json"), "{}");
      symlinkSync("dotfiles/claude", join(folder, ".claude"));
      rewrite(join(folder, ".claude", "settings.json"), '{"a": 1}');
      expect(lstatSync(join(folder, ".claude")).isSymbolicLink()).toBe(true);
      expect(readFileSync(join(real, "settings.json"), "utf8")).toBe('{"a": 1}');
      expect(readdirSync(real)).toEqual(["settings.json"]);
    },
  );

  test("is an error if it leads to itself, and stays", () => {
    const file = join(temporaryFolder(), "settings.json");
    symlinkSync("settings.json", file);
    expect(failureOf(() => rewrite(file, "{}")).code).toBe("settings-unexpected");
    expect(readlinkSync(file)).toBe("settings.json");
  });

  // It counts as a missing file, and the draft is renamed over it.
  test("is not replaced by a file if it leads to a missing one", () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, "dotfiles"));
    const file = join(folder, "settings.json");
    symlinkSync("dotfiles/claude.json", file);
    failureOf(() => rewrite(file, "{}"));
    expect(lstatSync(file).isSymbolicLink()).toBe(true);
  });

  test("F73: a hard link is separated: the other name keeps the old bytes", () => {
    const folder = temporaryFolder();
    const [file, other] = [join(folder, "settings.json"), join(folder, "other.json")];
    writeFileSync(file, "{}");
    linkSync(file, other);
    rewrite(file, "[]");
    expect([readFileSync(file, "utf8"), readFileSync(other, "utf8")]).toEqual(["[]", "{}"]);
  });
});

describe("a file that is not a settings file", () => {
  test.each([
    ["a byte that is not UTF-8", Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d])],
    ["a truncated character", Buffer.from([0x7b, 0x7d, 0xc3])],
    ["a surrogate", Buffer.from([0xed, 0xa0, 0x80])],
    ["UTF-16", Buffer.from("\uFEFF{}", "utf16le")],
  ])("is refused and stays: %s", (_what, bytes) => {
    const file = join(temporaryFolder(), "settings.json");
    writeFileSync(file, bytes);
    const { code, message } = failureOf(() => readSettingsFile(file));
    expect({ code, message }).toEqual({
      code: "settings-unexpected",
      message: `${file} is not UTF-8 text.`,
    });
    expect(readFileSync(file)).toEqual(bytes);
  });

  test("is refused when it is larger than 8 MiB", () => {
    const file = join(temporaryFolder(), "settings.json");
    writeFileSync(file, "");
    truncateSync(file, 8 * 1024 * 1024);
    expect(failureOf(() => readSettingsFile(file)).code).toBe("ok");
    truncateSync(file, 8 * 1024 * 1024 + 1);
    expect(failureOf(() => readSettingsFile(file))).toEqual({
      code: "settings-unexpected",
      message: `${file} is larger than 8 MiB.`,
    });
  });

  test("is refused when it is a FIFO, without waiting for it", (context) => {
    const file = join(temporaryFolder(), "settings.json");
    makeFifo(context, file);
    expect(runProgram("read-settings", [file]).code).toBe("settings-unexpected");
  });

  test.each(["/dev/zero", "/dev/full", "/dev/null"])(
    "A14: a symlink to %s is refused as a settings file, without waiting",
    (device) => {
      const file = join(temporaryFolder(), "settings.json");
      symlinkSync(device, file);
      expect(runProgram("read-settings", [file]).code).toBe("settings-unexpected");
      expect(readlinkSync(file)).toBe(device);
    },
  );

  test("is refused when it is a folder", () => {
    const folder = temporaryFolder();
    expect(failureOf(() => readSettingsFile(folder)).code).toBe("settings-unexpected");
  });
});

describe("a settings file that another program changes between reading and writing", () => {
  interface Meanwhile {
    what: string;
    before: string | null;
    meanwhile: (file: string) => void;
    after: string | null;
  }

  test.each<Meanwhile>([
    {
      what: "is longer",
      before: "{}",
      meanwhile: (file) => writeFileSync(file, '{"theirs": 1}'),
      after: '{"theirs": 1}',
    },
    {
      what: "has the same length",
      before: '{"a": 1}',
      meanwhile: (file) => writeFileSync(file, '{"b": 1}'),
      after: '{"b": 1}',
    },
    {
      what: "is empty",
      before: "{}",
      meanwhile: (file) => truncateSync(file, 0),
      after: "",
    },
    { what: "was removed", before: "{}", meanwhile: (file) => rmSync(file), after: null },
    {
      what: "was created",
      before: null,
      meanwhile: (file) => writeFileSync(file, "{}"),
      after: "{}",
    },
  ])("keeps the other program's text: it $what", ({ before, meanwhile, after }) => {
    const folder = temporaryFolder();
    const file = join(folder, "settings.json");
    if (before !== null) writeFileSync(file, before);
    const settings = readSettingsFile(file);
    meanwhile(file);
    expect(failureOf(() => writeSettings(settings, "ours")).code).toBe("settings-changed");
    const texts = readdirSync(folder).map((name) => readFileSync(join(folder, name), "utf8"));
    expect(texts).toEqual(after === null ? [] : [after]);
  });

  test("loses the draft of a killed install at the next one", () => {
    const folder = temporaryFolder();
    const file = join(folder, "settings.json");
    writeFileSync(file, "{}");
    const draft = join(folder, ".settings.json.sitrep.draft");
    writeFileSync(draft, "half of");
    const past = Date.now() / 1000 - 10;
    utimesSync(draft, past, past);
    writeSettings(readSettingsFile(file), "[]");
    expect(readdirSync(folder)).toEqual(["settings.json"]);
    expect(readFileSync(file, "utf8")).toBe("[]");
  });

  test("is written if only its time has changed", () => {
    const file = join(temporaryFolder(), "settings.json");
    writeFileSync(file, "{}");
    const settings = readSettingsFile(file);
    writeFileSync(file, "{}");
    writeSettings(settings, "[]");
    expect(readFileSync(file, "utf8")).toBe("[]");
  });

  test("F74: a settings file that twenty installers change at once has the groups of all twenty", async () => {
    const folder = temporaryFolder();
    const file = join(folder, "settings.json");
    writeFileSync(file, '{"model": "opus"}\n');
    const installers = Array.from({ length: 20 }, (_, index) => `/state-${index}/gates`);
    const outcomes = await Promise.all(
      installers.map((own, index) =>
        runBeside("install-locked", [file, own, join(temporaryFolder(), `lock-${index}`)]),
      ),
    );
    expect(outcomes.map(({ code }) => code)).toEqual(installers.map(() => "ok"));
    const text = readFileSync(file, "utf8");
    const { hooks } = JSON.parse(text) as { hooks: Record<string, unknown[]> };
    expect(hooks["SessionStart"]).toHaveLength(20);
    expect(hooks["PreToolUse"]).toHaveLength(60);
    expect(installers.filter((own) => !text.includes(`'${own}/session-start.sh'`))).toEqual([]);
  });
});

describe("a settings file that cannot be written", () => {
  test("is reported with the system's error as its cause", () => {
    const folder = temporaryFolder();
    const settings = readSettingsFile(join(folder, "file", "settings.json"));
    writeFileSync(join(folder, "file"), "in the way");
    const failure = failureOf(() => writeSettings(settings, "{}"));
    expect(failure.code).toBe("settings-unwritable");
    expect(failure.message).toContain(settings.file);
    expect(failure.cause).toMatchObject({ code: expect.stringMatching(/^(ENOTDIR|EEXIST)$/) });
  });

  /** A settings file in a folder, with the owner and mode of each; null: root's. */
  interface Place {
    what: string;
    folder: { owner: number; mode: number };
    file: { owner: number; mode: number };
  }
  const writeAsOther = (
    place: Place,
  ): { code: string; text: string; names: string[]; uid: number } => {
    const folder = sharedFolder();
    const file = join(folder, "settings.json");
    writeFileSync(file, "{}");
    chownSync(file, place.file.owner, place.file.owner);
    chmodSync(file, place.file.mode);
    chownSync(folder, place.folder.owner, place.folder.owner);
    chmodSync(folder, place.folder.mode);
    const { code } = runProgram("install", [file, "/state/gates"], asOtherUser);
    const { uid } = statSync(file);
    return { code, text: readFileSync(file, "utf8"), names: readdirSync(folder), uid };
  };

  test.for<Place>([
    {
      what: "that is the user's own in root's folder",
      folder: { owner: 0, mode: 0o755 },
      file: { owner: otherUser, mode: 0o644 },
    },
    {
      what: "in a read-only folder",
      folder: { owner: otherUser, mode: 0o555 },
      file: { owner: otherUser, mode: 0o644 },
    },
    {
      what: "that is root's in root's folder",
      folder: { owner: 0, mode: 0o755 },
      file: { owner: 0, mode: 0o644 },
    },
    {
      what: "that is root's in a sticky folder",
      folder: { owner: 0, mode: 0o1777 },
      file: { owner: 0, mode: 0o644 },
    },
  ])("stays unchanged: $what", (place, context) => {
    requireOtherUser(context);
    expect(writeAsOther(place)).toEqual({
      code: "settings-unwritable",
      text: "{}",
      names: ["settings.json"],
      uid: place.file.owner,
    });
  });

  // The rename asks for no right to the file itself.
  test.for<Place>([
    {
      what: "that is root's in the user's own folder",
      folder: { owner: otherUser, mode: 0o755 },
      file: { owner: 0, mode: 0o644 },
    },
    {
      what: "that its owner made read-only",
      folder: { owner: otherUser, mode: 0o755 },
      file: { owner: otherUser, mode: 0o444 },
    },
  ])("stays unchanged: $what", (place, context) => {
    requireOtherUser(context);
    expect(writeAsOther(place)).toMatchObject({ text: "{}", uid: place.file.owner });
  });

  test("F77: a settings file stays as it is on a full disk, and no draft is left", (context) => {
    const disk = smallDisk(context, 64);
    const file = join(disk, "settings.json");
    const before = `${JSON.stringify({ text: "x".repeat(34_000) })}\n`;
    writeFileSync(file, before);
    expect(runProgram("install", [file, "/state/gates"]).code).toBe("settings-unwritable");
    expect(readFileSync(file, "utf8")).toBe(before);
    expect(readdirSync(disk)).toEqual(["settings.json"]);
  });
});
