// Builds dist/: one CommonJS bundle for each executable, the library as modules with types, the gate, and the addon
// for this machine beside them, so that dist/ can be copied anywhere and runs. With SITREP_COVERAGE=DIR it makes a
// coverage build in DIR/build instead, without the library: see scripts/coverage.ts.

import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { build as bundle } from "esbuild";
import type { BuildOptions, Metafile } from "esbuild";
import { findKeychainAddon, keychainAddonName } from "../src/config/keychain.ts";
import { addonCandidates, addonFileName } from "../src/state/sqlite/addon.ts";
import {
  counterSource,
  coverageFolders,
  loadedTwice,
  measuredStyle,
} from "./counting/counted-build.ts";
import { licensesOf } from "./build/licenses.ts";
import { writeLibrary } from "./build/library.ts";
import { allParts, cliFolder, loadedBeside, ownBundles } from "./build/parts.ts";
import { commanderAlone, leanSqlite, wholeZod } from "./build/leaner.ts";

const root = join(import.meta.dirname, "..");
const coverageFolder = process.env["SITREP_COVERAGE"];
const coverage = coverageFolder === undefined ? null : coverageFolders(coverageFolder);
const target = coverage?.build ?? join(root, "dist");
/** The build is made beside `target` and then renamed, because a process may be running the old one. */
const dist = `${target}.draft-${process.pid}`;
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  version: string;
};

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist, { recursive: true });

const metafiles: Metafile[] = [];
async function build(options: BuildOptions): Promise<void> {
  metafiles.push((await bundle({ ...options, metafile: true })).metafile);
}

const counter = coverage === null ? "" : await counterSource(coverage.counts);
const around = coverage === null ? { before: "", after: "" } : loadedTwice(counter);
const shared: BuildOptions = {
  outdir: dist,
  outExtension: { ".js": ".cjs" },
  bundle: true,
  platform: "node",
  target: "node22",
  format: "cjs",
  // jsonc-parser's CommonJS build cannot be bundled.
  mainFields: ["module", "main"],
  legalComments: "none",
  logLevel: "warning",
};
const hookStyle: BuildOptions = coverage === null ? { minify: true } : measuredStyle;
const programStyle: BuildOptions =
  coverage === null ? { minifySyntax: true, minifyWhitespace: true } : measuredStyle;
const define = {
  SITREP_BUNDLED: "true",
  SITREP_VERSION: JSON.stringify(version),
  "import.meta.dirname": "__dirname",
};

// A hook consists of a body, in the form of Node's module wrapper, and a loader that runs it from V8's code cache.
await build({
  ...shared,
  ...hookStyle,
  define,
  plugins: [leanSqlite],
  outExtension: { ".js": ".js" },
  banner: { js: "(function(exports,require,module,__filename,__dirname){" },
  footer: { js: "})" },
  entryPoints: {
    "session-start": join(root, "hooks/session-start.ts"),
    "pre-tool-use": join(root, "hooks/pre-tool-use.ts"),
    guard: join(root, "hooks/guard.ts"),
    statusline: join(root, "hooks/statusline.ts"),
  },
});
await build({
  ...shared,
  minify: true,
  define: { SITREP_COVERAGE: String(coverage !== null) },
  banner: { js: counter },
  entryPoints: {
    "session-start": join(root, "hooks/loader.ts"),
    "pre-tool-use": join(root, "hooks/loader.ts"),
    guard: join(root, "hooks/loader.ts"),
    statusline: join(root, "hooks/loader.ts"),
    warm: join(root, "hooks/warm.ts"),
  },
});
const programs: BuildOptions = {
  ...shared,
  ...programStyle,
  // Programs run as scripts from V8's code cache, which do not support `import()`.
  supported: { "dynamic-import": false },
  define: { ...define, "import.meta.url": "moduleUrl" },
  // node-cron asks for the URL of its own module.
  banner: {
    js: `${around.before}const moduleUrl = require("node:url").pathToFileURL(__filename).href;`,
  },
  footer: { js: around.after },
};
const shims = join(root, "src/monitor/fetch-shims");
await build({
  ...programs,
  // V8 keeps the source text in memory as long as the monitor runs.
  minify: coverage === null,
  plugins: [wholeZod],
  // The monitor runs all day: small shims of ours replace built-ins that would load much of Node. Other programs use Node's.
  inject: ["fetch.ts", "calendar.ts"].map((name) => join(shims, name)),
  entryPoints: { monitor: join(root, "src/monitor/main.ts") },
});
await build({
  ...programs,
  // This file is nearly half of the package. No code shows or compares the names of functions or classes.
  minify: coverage === null,
  plugins: [allParts, wholeZod],
  entryPoints: { programs: "programs" },
});
await build({
  ...programs,
  // Minified for the same reason as `programs`.
  minify: coverage === null,
  plugins: [loadedBeside, commanderAlone, wholeZod],
  entryPoints: {
    "cli-main": join(root, "src/cli/main.ts"),
    ...Object.fromEntries(
      Object.entries(ownBundles).map(([file, name]) => [name, join(cliFolder, `${file}.ts`)]),
    ),
    "mcp-main": "part:mcp",
  },
});
await build({
  ...shared,
  ...programStyle,
  define: { ...define, SITREP_COVERAGE: String(coverage !== null) },
  entryPoints: {
    cli: join(root, "src/cli/program/start-from-code-cache.ts"),
    mcp: join(root, "src/cli/program/start-from-code-cache.ts"),
  },
});

// The worker thread has no coverage counter: its unit tests call the code directly.
await build({
  ...shared,
  minifySyntax: true,
  minifyWhitespace: true,
  entryPoints: { "mapping-worker": join(root, "src/sources/mapping/worker.ts") },
});

// esbuild does not escape non-ASCII characters in regular expressions. A single one makes V8 keep the whole source at two
// bytes a character as long as the program runs.
for (const name of readdirSync(dist).filter((one) => /\.c?js$/.test(one))) {
  const file = join(dist, name);
  const text = readFileSync(file, "utf8");
  const escaped = text.replaceAll(
    /[^\0-\x7f]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  if (escaped !== text) writeFileSync(file, escaped);
}

cpSync(join(root, "hooks"), join(dist, "gates"), {
  recursive: true,
  filter: (file) => !file.endsWith(".ts") && file !== join(root, "hooks/plugin"),
});

const [addon] = addonCandidates(root);
if (addon === undefined) throw new Error("better-sqlite3 has no addon for this machine");
copyFileSync(addon, join(dist, addonFileName));
// Optional: without the addon, secrets are kept in files instead of the keychain.
const keychainAddon = findKeychainAddon(root);
if (keychainAddon !== null) copyFileSync(keychainAddon, join(dist, keychainAddonName));

const carried = ["node_modules/better-sqlite3", "node_modules/@napi-rs/keyring"];
writeFileSync(join(dist, "licenses.md"), licensesOf(root, metafiles, carried));
if (coverage === null) await writeLibrary(root, dist);

const old = `${target}.old-${process.pid}`;
if (existsSync(target)) renameSync(target, old);
renameSync(dist, target);
rmSync(old, { recursive: true, force: true });
