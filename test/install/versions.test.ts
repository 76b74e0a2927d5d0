import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  installBuild,
  installLauncher,
  installNode,
  removeUnused,
} from "../../src/install/versions.ts";
import { builtFolder } from "../support/built.ts";
import { failureOf } from "../support/settings-entries.ts";
import { smallDisk } from "../support/settings-machine.ts";
import { runBeside } from "../support/settings-processes.ts";
import { temporaryFolder } from "../support/temporary.ts";

const bundles = [
  "cli-main.cjs",
  "cli.cjs",
  "guard.cjs",
  "guard.js",
  "mapping-worker.cjs",
  "mcp-main.cjs",
  "mcp.cjs",
  "monitor.cjs",
  "pre-tool-use.cjs",
  "pre-tool-use.js",
  "programs.cjs",
  "session-start.cjs",
  "session-start.js",
  "statusline.cjs",
  "statusline.js",
  "task-list.cjs",
  "today.cjs",
  "watch.cjs",
  "warm.cjs",
];
const addon = "better_sqlite3.node";

/** A folder like `dist/`, with a text for each file. */
function aBuild(overrides: Record<string, string> = {}): string {
  const build = temporaryFolder();
  mkdirSync(join(build, "gates"));
  const texts = Object.fromEntries(
    [...bundles, addon, "gates/one.sh", "gates/two.sh"].map((name) => [name, `${name} 1\n`]),
  );
  for (const [name, text] of Object.entries({ ...texts, ...overrides })) {
    writeFileSync(join(build, name), text);
  }
  return build;
}

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => statSync(join(folder, name)).isFile())
    .toSorted();
const versionsIn = (data: string): string[] => readdirSync(join(data, "versions"));

describe("an installed build", () => {
  test("has all code that the build makes", () => {
    const made = readdirSync(builtFolder).filter((name) => /\.c?js$/.test(name));
    expect(made.toSorted()).toEqual(bundles.toSorted());
  });

  test("has every file that a hook needs, and no other", () => {
    const [build, data] = [aBuild({ "notes.txt": "x", "cli.cjs.map": "x" }), temporaryFolder()];
    const folder = installBuild(build, data, "1.2.3");
    expect(dirname(folder)).toBe(join(data, "versions"));
    expect(basename(folder)).toMatch(/^1\.2\.3-[0-9a-f]{8}$/);
    const expected = [...bundles, addon, join("gates", "one.sh"), join("gates", "two.sh")];
    expect(filesIn(folder)).toEqual(expected.toSorted());
    for (const name of expected) {
      expect(readFileSync(join(folder, name))).toEqual(readFileSync(join(build, name)));
    }
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  test("has every bundle that one of its bundles loads", () => {
    const folder = installBuild(builtFolder, temporaryFolder(), "1.2.3");
    const loaded = filesIn(folder)
      .filter((name) => name.endsWith(".cjs"))
      .flatMap((name) => [
        ...readFileSync(join(folder, name), "utf8").matchAll(
          /(?<=["'`]\.\/)[\w-]+\.c?js(?=["'`])/g,
        ),
      ])
      .map(([name]) => name);
    expect(loaded).toContain("today.cjs");
    expect(loaded.filter((name) => !existsSync(join(folder, name)))).toEqual([]);
  });

  test("is copied once for the same content", () => {
    const data = temporaryFolder();
    const folder = installBuild(aBuild(), data, "1.0.0");
    const { mtimeMs, ino } = statSync(join(folder, "cli.cjs"));
    expect(installBuild(aBuild(), data, "1.0.0")).toBe(folder);
    expect(statSync(join(folder, "cli.cjs"))).toMatchObject({ mtimeMs, ino });
    expect(versionsIn(data)).toEqual([basename(folder)]);
  });

  test.each([...bundles, "gates/one.sh", "gates/three.sh"])(
    "A45: an installed build gets a folder of its own when %s differs, and the other build stays",
    (name) => {
      const data = temporaryFolder();
      const first = installBuild(aBuild(), data, "1.0.0");
      const second = installBuild(aBuild({ [name]: "2" }), data, "1.0.0");
      expect(second).not.toBe(first);
      expect(versionsIn(data).toSorted()).toEqual([basename(first), basename(second)].toSorted());
      expect(readFileSync(join(second, name), "utf8")).toBe("2");
    },
  );

  test("gets a folder of its own for another version", () => {
    const data = temporaryFolder();
    const folders = ["1.0.0", "1.0.1"].map((version) => installBuild(aBuild(), data, version));
    expect(new Set(folders).size).toBe(2);
  });

  test("does not need the folder that it was copied from", () => {
    const [build, data] = [aBuild(), temporaryFolder()];
    const folder = installBuild(build, data, "1.0.0");
    const before = filesIn(folder);
    rmSync(build, { recursive: true });
    expect(filesIn(folder)).toEqual(before);
  });

  // The addon is not part of the content that names the folder: a data folder that two kinds of machine share, or an
  // update of better-sqlite3 alone, keeps the wrong one for good.
  test("has the addon of the last build that was installed", () => {
    const data = temporaryFolder();
    installBuild(aBuild(), data, "1.0.0");
    const folder = installBuild(aBuild({ [addon]: "for another machine" }), data, "1.0.0");
    expect(readFileSync(join(folder, addon), "utf8")).toBe("for another machine");
  });

  // The folder's being there is all that is looked at.
  test.each(["pre-tool-use.cjs", addon])("is repaired by an install when %s is missing", (name) => {
    const [build, data] = [aBuild(), temporaryFolder()];
    rmSync(join(installBuild(build, data, "1.0.0"), name));
    expect(existsSync(join(installBuild(build, data, "1.0.0"), name))).toBe(true);
  });

  test.each([...bundles, "gates"])("is refused when the build has no %s", (name) => {
    const [build, data] = [aBuild(), temporaryFolder()];
    rmSync(join(build, name), { recursive: true });
    expect(failureOf(() => installBuild(build, data, "1.0.0"))).toEqual({
      code: "install-incomplete",
      message: `The build in ${build} is incomplete.`,
    });
    expect(readdirSync(data)).toEqual([]);
  });

  test("is complete when eight installers create it at once", async () => {
    const [build, data] = [aBuild({ "monitor.cjs": "m".repeat(2_000_000) }), temporaryFolder()];
    const outcomes = await Promise.all(
      Array.from({ length: 8 }, () => runBeside("install-build", [build, data, "1.0.0"])),
    );
    const folder = installBuild(build, data, "1.0.0");
    expect(outcomes).toEqual(outcomes.map(() => ({ code: "ok", value: folder })));
    expect(versionsIn(data)).toEqual([basename(folder)]);
    expect(filesIn(folder)).toEqual(filesIn(build));
  });

  test("is complete or missing on a full disk", (context) => {
    const data = smallDisk(context, 256);
    const build = aBuild({ "cli.cjs": "c".repeat(400_000) });
    expect(failureOf(() => installBuild(build, data, "1.0.0")).code).toBe("ENOSPC");
    expect(versionsIn(data).filter((name) => !name.includes(".draft-"))).toEqual([]);
  });

  // Only a failing rename takes the draft away.
  test("leaves no draft on a full disk", (context) => {
    const data = smallDisk(context, 256);
    const build = aBuild({ "cli.cjs": "c".repeat(400_000) });
    failureOf(() => installBuild(build, data, "1.0.0"));
    expect(versionsIn(data)).toEqual([]);
  });
});

describe("old versions", () => {
  test("are removed, except those in use", () => {
    const data = temporaryFolder();
    const names = ["1.0.0-a", "1.0.0-b", "0.9.0-c", "0.9.0-c.draft-123"];
    for (const name of names) mkdirSync(join(data, "versions", name, "gates"), { recursive: true });
    const used = ["1.0.0-a", "0.9.0-c"].map((name) => join(data, "versions", name));
    removeUnused(
      data,
      used.map((folder) => ({ folder, node: "/usr/bin/node" })),
    );
    expect(versionsIn(data).toSorted()).toEqual(["0.9.0-c", "1.0.0-a"]);
  });

  test("include old copies of Node, which are removed, except those in use", () => {
    const data = temporaryFolder();
    const nodes = ["22.14.0", "24.1.0", "24.2.0"].map((name) => join(data, "node", name, "node"));
    for (const node of nodes) mkdirSync(dirname(node), { recursive: true });
    const used = [...nodes.slice(1), "/usr/bin/node"];
    removeUnused(
      data,
      used.map((node) => ({ folder: "", node })),
    );
    expect(readdirSync(join(data, "node"))).toEqual(["24.1.0", "24.2.0"]);
  });

  test("are not removed when nothing is installed", () => {
    const data = temporaryFolder();
    removeUnused(data, []);
    expect(readdirSync(data)).toEqual([]);
  });
});

describe("the Node that hooks start", () => {
  /** A program that says `text`, in a `node_modules`. */
  function aNode(text = "one"): string {
    const file = join(temporaryFolder(), "node_modules", "node", "bin", "node");
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `#!/bin/sh\necho ${text}\n`);
    chmodSync(file, 0o755);
    return file;
  }
  const say = (file: string): string => execFileSync(file, { encoding: "utf8" });

  test.each(["/usr/bin/node", "/home/ana/node_modules_old/bin/node", "/opt/my node/bin/node"])(
    "is %s itself",
    (execPath) => {
      const data = temporaryFolder();
      expect(installNode(execPath, data, "24.0.0")).toBe(execPath);
      expect(readdirSync(data)).toEqual([]);
    },
  );

  test("is a symlink of Sitrep's to a Node in a node_modules, and survives the removal of node_modules", () => {
    const [source, data] = [aNode(), temporaryFolder()];
    const node = installNode(source, data, "24.0.0");
    expect(node).toBe(join(data, "node", "24.0.0", "node"));
    rmSync(dirname(source), { recursive: true });
    expect(say(node)).toBe("one\n");
    expect(readdirSync(dirname(node))).toEqual(["node"]);
  });

  test("stays after another install, and is replaced if it differs", () => {
    const [source, data] = [aNode(), temporaryFolder()];
    const node = installNode(source, data, "24.0.0");
    const { ino } = statSync(node);
    expect(installNode(source, data, "24.0.0")).toBe(node);
    expect(statSync(node).ino).toBe(ino);
    expect(say(installNode(aNode("three"), data, "24.0.0"))).toBe("three\n");
  });

  test("is copied when it cannot be linked", (context) => {
    const [source, data] = [aNode(), smallDisk(context, 256)];
    const node = installNode(source, data, "24.0.0");
    expect(statSync(node)).toMatchObject({ nlink: 1 });
    expect(statSync(node).mode & 0o777).toBe(0o755);
    expect(say(node)).toBe("one\n");
  });
});

describe("the launcher", () => {
  test.each(["plain", "it's $HOME `id` (odd)", "Grüße\nnew line"])(
    "starts the command with its arguments from a folder named %j",
    (name) => {
      const data = join(temporaryFolder(), name);
      const folder = join(data, "versions", "1");
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, "cli.cjs"), "console.log(JSON.stringify(process.argv.slice(2)))");
      const launcher = installLauncher(data, process.execPath, folder);
      expect(launcher).toBe(join(data, "bin", "sitrep"));
      const args = ["task", "add", "two words", "", "$x"];
      expect(JSON.parse(execFileSync(launcher, args, { encoding: "utf8" }))).toEqual(args);
    },
  );
});
