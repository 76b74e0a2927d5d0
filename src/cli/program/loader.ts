#!/usr/bin/env node
// Starts a program, `NAME-main.cjs` beside `NAME.cjs`: it and the bundles that it loads run from the code that V8 kept of
// earlier runs, which spares a command a fifth of its processor time and more. Node's own compile cache keeps only what V8
// compiles before anything runs; here are also the functions that ran. Where the folder cannot be written, V8 compiles as ever.

import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { Script } from "node:vm";

/** Baked in by the build. Code from a cache counts nothing, so a coverage build compiles. */
declare const SITREP_COVERAGE: boolean;

type Exports = Record<string, unknown>;
type Body = (...given: unknown[]) => void;

/** What is kept of a bundle: V8's data, then `Note` as JSON, then how long that is, in four bytes. */
interface Note {
  /** Of the bundle: V8 itself compares no more of it than its length. */
  changedMs: number;
  /** The bundles and parts of bundles whose functions ran. */
  ran: readonly string[];
}

interface Loaded {
  script: Script;
  note: Note;
}

const folder = import.meta.dirname;
const requireNode = createRequire(__filename);
const kept = join(folder, "compile-cache");
const loaded = new Map<string, Loaded>();
const modules = new Map<string, { exports: Exports }>();
const ran = new Set<string>();

/** V8 takes only what it made itself, with the flags of then. */
const maker = [process.version, process.arch, ...process.execArgv, process.env["NODE_OPTIONS"]]
  .join("")
  .replaceAll(/[^\w.=-]+/g, "-")
  .slice(0, 100);
const keptFile = (name: string): string => join(kept, `${name}.${maker}.cache`);

/** What is kept of this bundle; null where that is nothing, or of another build of it. */
function readKept(name: string, changedMs: number): { note: Note; data: Buffer } | null {
  try {
    const bytes = readFileSync(keptFile(name));
    const end = bytes.length - 4;
    const begin = end - bytes.readUInt32LE(end);
    const note = JSON.parse(bytes.toString("utf8", begin, end)) as Note;
    return note.changedMs === changedMs ? { note, data: bytes.subarray(0, begin) } : null;
  } catch {
    return null;
  }
}

function compile(name: string, file: string): Body {
  const changedMs = statSync(file).mtimeMs;
  const found = readKept(name, changedMs);
  // The build leaves nothing in it that is not ASCII.
  const code = readFileSync(file, "latin1").replace(/^#!.*/, "");
  const script = new Script(`(function(exports,require,module,__filename,__dirname){${code}\n})`, {
    filename: file,
    ...(found === null ? {} : { cachedData: found.data }),
  });
  const isTaken = found !== null && script.cachedDataRejected === false;
  loaded.set(name, { script, note: { changedMs, ran: isTaken ? found.note.ran : [] } });
  return script.runInThisContext() as Body;
}

/** The parts of a bundle, each noted when it is asked for. */
function noting(parts: Exports): Exports {
  for (const [name, part] of Object.entries(parts)) {
    if (!name.startsWith("./") || typeof part !== "function") continue;
    parts[name] = () => {
      ran.add(name);
      return (part as () => unknown)();
    };
  }
  return parts;
}

function load(name: string): Exports {
  const before = modules.get(name);
  if (before !== undefined) return before.exports;
  const module = { exports: {} };
  modules.set(name, module);
  ran.add(name);
  const file = join(folder, name);
  compile(name, file)(module.exports, requireHere, module, file, folder);
  return noting(module.exports);
}

const requireHere: NodeJS.Require = Object.assign(
  (name: string): unknown =>
    /^\.\/[\w-]+\.cjs$/.test(name) ? load(name.slice(2)) : requireNode(name),
  requireNode,
);

function write(name: string, { script, note }: Loaded): void {
  const draft = `${keptFile(name)}.${process.pid}`;
  // Not with the folders above it: those may have been uninstalled by now.
  if (!existsSync(kept)) mkdirSync(kept, { mode: 0o700 });
  // Before V8 is asked, which takes longer than a command that can keep nothing should.
  writeFileSync(draft, "", { mode: 0o600 });
  try {
    const text = JSON.stringify({ ...note, ran: [...new Set([...note.ran, ...ran])] });
    const length = Buffer.alloc(4);
    length.writeUInt32LE(Buffer.byteLength(text));
    const bytes = Buffer.concat([script.createCachedData(), Buffer.from(text), length]);
    // Whole on the disk before it has its name: V8 checks no sum.
    writeFileSync(draft, bytes, { flush: true });
    renameSync(draft, keptFile(name));
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

/** What ran now and had not run before is in it the next time. */
function keep(): void {
  try {
    for (const [name, one] of loaded) {
      if (![...ran].every((part) => one.note.ran.includes(part))) write(name, one);
    }
  } catch {
    // The next run compiles as this one did.
  }
}

const program = `${basename(__filename, ".cjs")}-main.cjs`;
if (SITREP_COVERAGE) requireNode(`./${program}`);
else {
  if (process.env["NODE_DISABLE_COMPILE_CACHE"] !== "1") process.on("exit", keep);
  load(program);
}
