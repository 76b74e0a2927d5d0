#!/usr/bin/env node
// Replaces Node's compile cache: it stores only what V8 compiles before code runs, so commands take a fifth longer.

import {
  accessSync,
  constants,
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

/** Set by the build. V8 does not count coverage of cached code, so a coverage build uses no cache. */
declare const SITREP_COVERAGE: boolean;

type Exports = Record<string, unknown>;
type Body = (...given: unknown[]) => void;

/** A loaded bundle. Its cache file holds V8's data, `ran` as JSON, and the length of that JSON in four bytes. */
interface Bundle {
  script: Script;
  cacheFile: string;
  ran: readonly string[];
}

const folder = import.meta.dirname;
const cacheFolder = join(folder, "compile-cache");
const requireNode = createRequire(__filename);
const bundles: Bundle[] = [];
const loaded = new Map<string, Exports>();
const ran = new Set<string>();

/** V8 accepts a code cache only from the same version and flags. V8's own tag for them needs node:v8, 2 ms to load. */
const maker = [process.version, process.arch, ...process.execArgv, process.env["NODE_OPTIONS"]]
  .join("")
  .replaceAll(/[^\w.=-]+/g, "-")
  .slice(0, 100);

function readCache(file: string): { data: Buffer; ranBefore: string[] } | null {
  try {
    const bytes = readFileSync(file);
    const end = bytes.length - 4;
    const begin = end - bytes.readUInt32LE(end);
    const ranBefore = JSON.parse(bytes.toString("utf8", begin, end)) as string[];
    return { data: bytes.subarray(0, begin), ranBefore };
  } catch {
    return null;
  }
}

function compile(name: string): Body {
  const filename = join(folder, name);
  // The name includes the modification time: V8 compares only the length of the source.
  const cacheFile = join(cacheFolder, `${name}.${statSync(filename).mtimeMs}.${maker}.cache`);
  const cache = readCache(cacheFile);
  // The build writes only ASCII, so latin1 is exact.
  const code = readFileSync(filename, "latin1").replace(/^#!.*/, "");
  const script = new Script(`(function(exports,require,module,__filename,__dirname){${code}\n})`, {
    filename,
    ...(cache === null ? {} : { cachedData: cache.data }),
  });
  const isAccepted = script.cachedDataRejected === false;
  bundles.push({ script, cacheFile, ran: isAccepted && cache !== null ? cache.ranBefore : [] });
  return script.runInThisContext() as Body;
}

const noting = (parts: Exports): Exports =>
  new Proxy(parts, {
    get: (from, name) => {
      ran.add(String(name));
      return Reflect.get(from, name) as unknown;
    },
  });

function load(name: string): Exports {
  const before = loaded.get(name);
  if (before !== undefined) return before;
  ran.add(name);
  const module: { exports: Exports } = { exports: {} };
  compile(name)(module.exports, requireHere, module, join(folder, name), folder);
  const parts = noting(module.exports);
  loaded.set(name, parts);
  return parts;
}

const requireHere: NodeJS.Require = Object.assign(
  (name: string): unknown =>
    /^\.\/[\w-]+\.cjs$/.test(name) ? load(name.slice(2)) : requireNode(name),
  requireNode,
);

function write({ script, cacheFile, ran: before }: Bundle): void {
  const draft = `${cacheFile}.${process.pid}`;
  try {
    const text = Buffer.from(JSON.stringify([...new Set([...before, ...ran])]));
    const length = Buffer.alloc(4);
    length.writeUInt32LE(text.length);
    const bytes = Buffer.concat([script.createCachedData(), text, length]);
    // V8 verifies no checksum: the file must be complete on disk before it gets its final name.
    writeFileSync(draft, bytes, { mode: 0o600, flush: true });
    renameSync(draft, cacheFile);
  } finally {
    rmSync(draft, { force: true });
  }
}

function keep(): void {
  try {
    const lacking = bundles.filter((one) => [...ran].some((part) => !one.ran.includes(part)));
    if (lacking.length === 0) return;
    // Check first: an uninstall may have removed the folder, and V8 takes long to create its data.
    accessSync(folder, constants.W_OK);
    mkdirSync(cacheFolder, { recursive: true, mode: 0o700 });
    lacking.forEach(write);
  } catch {}
}

const program = `${basename(__filename, ".cjs")}-main.cjs`;
if (SITREP_COVERAGE) requireNode(`./${program}`);
else {
  if (process.env["NODE_DISABLE_COMPILE_CACHE"] !== "1") process.on("exit", keep);
  load(program);
}
