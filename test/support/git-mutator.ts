// Changes a `.git` folder's files at random from a seed: bytes, lines, links, sizes, and pieces known to matter.

import {
  appendFileSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { Canary } from "./git-canary.ts";

export type Random = (below: number) => number;

/** Generates whole numbers from 0, the same for the same seed (mulberry32). */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

export const pick = <T>(random: Random, from: readonly T[]): T => {
  const one = from[random(from.length)];
  if (one === undefined) throw new Error("nothing to pick from");
  return one;
};

const names = [
  "HEAD",
  "config",
  "config.worktree",
  "commondir",
  "gitdir",
  "index",
  "packed-refs",
  "shallow",
  "info/attributes",
  "info/exclude",
  "info/grafts",
  "objects/info/alternates",
  "refs/heads/main",
  "hooks/post-index-change",
  "hooks/fsmonitor-watchman",
];

/** Settings that make plain git run the canary. */
function armed(folder: string, { program }: Canary): string[] {
  const clean = `clean = "${program}; cat"`;
  return [
    `\n[filter "x"]\n\t${clean}\n`,
    `\n[FILTER "x"] ${clean}\n`,
    `\n[filter "x"]\n\tprocess = ${program}\n\trequired\n`,
    `\n[filter.x]\n\t${clean}\n`,
    `\n[core]\n\tfsmonitor = ${program}\n`,
    `\n[core]\n\tattributesFile = ${folder}/attributes\n[filter "x"]\n\t${clean}\n`,
    `\n[include]\n\tpath = ${folder}/settings\n`,
    `\n[includeIf "onbranch:**"]\n\tpath = ${folder}/settings\n`,
    `\n# \u00e9${"x".repeat(65_536)}\n[filter "x"]\n\t${clean}\n`,
  ];
}

/** Other settings that make git look elsewhere or read differently. */
function pieces(folder: string, canary: Canary): string[] {
  const { program } = canary;
  return [
    ...armed(folder, canary),
    `\n[filter ""]\n\tclean = ${program}\n[filter "\u00ff"]\n\tclean = ${program}\n`,
    `\n[core]\n\thooksPath = ${dirname(program)}\n\tsshCommand = ${program}\n`,
    "\n[core]\n\tworktree = /\n",
    "\n[core]\n\tbare = true\n",
    "\n[extensions]\n\tworktreeConfig = true\n[core]\n\trepositoryformatversion = 1\n",
    '\n[extensions]\n\tpartialClone = origin\n[remote "origin"]\n\tpromisor\n\turl = /nowhere\n' +
      `\tuploadpack = ${program}\n`,
    `\n[diff]\n\texternal = ${program}\n[log]\n\tshowSignature\n[gpg]\n\tprogram = ${program}\n`,
    `\n[alias]\n\tstatus = !${program}\n`,
    "* filter=x\n",
    "* filter=\u00ff\n* filter=\n",
    "ref: refs/heads/main\n",
    "ref: ../../HEAD\n",
    "../..\n",
    `${folder}/.git\u2028`,
    "\0",
    "\r",
    "\ufeff",
    "\\\n",
    '"',
  ];
}

/** Changes one file once: its bytes, its kind or its existence. */
function mutateFile(file: string, folder: string, canary: Canary, random: Random): void {
  mkdirSync(dirname(file), { recursive: true });
  const isFile = lstatSync(file, { throwIfNoEntry: false })?.isFile() === true;
  const bytes = isFile ? readFileSync(file) : Buffer.alloc(0);
  const put = (content: string | Buffer): void => {
    rmSync(file, { recursive: true, force: true });
    writeFileSync(file, content, { mode: 0o755 });
  };
  const piece = Buffer.from(pick(random, pieces(folder, canary)), pick(random, ["utf8", "latin1"]));
  const at = random(bytes.length + 1);
  switch (random(12)) {
    case 0:
    case 1:
    case 2:
    case 3:
    case 4:
      return put(Buffer.concat([bytes, piece]));
    case 5:
      return put(Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at)]));
    case 6:
      return put(bytes.subarray(0, at));
    case 7: {
      if (bytes.length > 0) bytes[random(bytes.length)] = random(256);
      return put(bytes);
    }
    case 8:
      return put(Buffer.concat([bytes.subarray(0, at), bytes.subarray(0, at), bytes]));
    case 9:
      return put(piece);
    case 10: {
      rmSync(file, { recursive: true, force: true });
      return symlinkSync(pick(random, [`${folder}/settings`, "/proc/self/environ", ".."]), file);
    }
    default:
      return rmSync(file, { recursive: true, force: true });
  }
}

/** Copies a folder. The copy shares the original's git objects, because no mutation changes them. */
export function copyFolder(from: string, to: string): void {
  mkdirSync(to);
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) copyFolder(source, target);
    else if (source.includes("/objects/")) linkSync(source, target);
    else writeFileSync(target, readFileSync(source));
  }
}

/** Makes one to three changes in `gitDir`, the git folder of the working tree `folder`. Three in four are armed. */
export function mutate(folder: string, gitDir: string, canary: Canary, random: Random): void {
  const [clean] = armed(folder, canary);
  writeFileSync(join(folder, "settings"), clean ?? "");
  writeFileSync(join(folder, "attributes"), "* filter=x\n");
  const config = join(gitDir, "config");
  if (random(4) > 0 && existsSync(config)) {
    appendFileSync(config, pick(random, armed(folder, canary)));
    writeFileSync(join(folder, ".gitattributes"), "* filter=x\n");
  }
  for (let left = 1 + random(3); left > 0; left -= 1) {
    // Most attacks use the settings, or the files that point to them.
    const name = random(3) === 0 ? "config" : pick(random, names);
    if (random(40) === 0) rmSync(join(gitDir, "objects"), { recursive: true, force: true });
    mutateFile(join(gitDir, name), folder, canary, random);
  }
}
