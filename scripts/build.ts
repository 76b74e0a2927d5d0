// Builds dist/: one CommonJS bundle for each executable, the library as modules with types, the gate, and the addon
// for this machine beside them, so that dist/ can be copied anywhere and runs. With SITREP_COVERAGE=DIR it makes a
// coverage build in DIR/build instead, without the library: see scripts/coverage.ts.

import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { build } from "esbuild";
import type { BuildOptions, Plugin } from "esbuild";
import { findKeychainAddon, keychainAddonName } from "../src/config/keychain.ts";
import { addonCandidates, addonFileName } from "../src/state/sqlite/addon.ts";
import {
  counterSource,
  coverageFolders,
  loadedTwice,
  measuredStyle,
} from "./counting/counted-build.ts";

const root = join(import.meta.dirname, "..");
const coverageFolder = process.env["SITREP_COVERAGE"];
const coverage = coverageFolder === undefined ? null : coverageFolders(coverageFolder);
const target = coverage?.build ?? join(root, "dist");
/** Built beside and put in place whole: somebody may be running what is there. */
const dist = `${target}.draft-${process.pid}`;
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  version: string;
};

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist, { recursive: true });

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
/** What no hook calls of better-sqlite3 is left out: loading it is a part of each hook's start. */
const leanSqlite: Plugin = {
  name: "lean-sqlite",
  setup: ({ onLoad }) => {
    const unused = "aggregate|backup|explain|function|serialize|table|transaction";
    const folder = "better-sqlite3/lib";
    onLoad({ filter: new RegExp(`${folder}/methods/(?:${unused})\\.js$`) }, () => ({
      contents: "",
    }));
    // A hook loads its addon itself: see src/state/sqlite/addon.ts.
    onLoad({ filter: new RegExp(`${folder}/binding\\.js$`) }, () => ({
      contents: "exports.getBinding = (addon) => addon;",
    }));
  },
};
const define = {
  SITREP_BUNDLED: "true",
  SITREP_VERSION: JSON.stringify(version),
  "import.meta.dirname": "__dirname",
};

/** Verbs whose code is a bundle of its own: what is read often, and a server's code. */
const ownBundles = ["serve", "task-look", "today"];
const cliFolder = join(root, "src/cli");

/** What the command loads when it is called: the file and the name that it exports. */
const loadedLate = readdirSync(cliFolder)
  .filter((name) => name.endsWith(".ts"))
  .flatMap((name) => [
    ...readFileSync(join(cliFolder, name), "utf8").matchAll(
      /import\("(\.\/[\w/-]+)\.ts"\)\)\s*\.(\w+)/g,
    ),
  ]);

/** In the program's first bundle and in `ownBundles`, what is loaded late is in another: that of its verb, or of all the others. */
const loadedBeside: Plugin = {
  name: "loaded-beside",
  setup: (bundling) =>
    bundling.onResolve({ filter: /^\.\/[\w/-]+\.ts$/ }, ({ kind, path, importer }) => {
      if (kind !== "dynamic-import" || dirname(importer) !== cliFolder) return null;
      const name = path.slice("./".length, -".ts".length);
      return { path: `./${ownBundles.includes(name) ? name : "cli-verbs"}.cjs`, external: true };
    }),
};

/** For verbs that are programs of their own, of which there are none; loading it is a tenth of Node's start. */
const commanderAlone: Plugin = {
  name: "commander-alone",
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^node:child_process$/ }, ({ path, importer }) =>
      /[\\/]commander[\\/]lib[\\/]/.test(importer) ? { path, namespace: "unused" } : null,
    );
    onLoad({ filter: /.*/, namespace: "unused" }, () => ({ contents: "export default {};" }));
  },
};

/** Exports what the other verbs are called by. */
const otherVerbs: Plugin = {
  name: "other-verbs",
  setup: (bundling) => {
    bundling.onResolve({ filter: /^cli-verbs$/ }, ({ path }) => ({ path, namespace: "verbs" }));
    bundling.onLoad({ filter: /.*/, namespace: "verbs" }, () => ({
      contents: [...new Set(loadedLate.map(([, file = "", name = ""]) => `${file} ${name}`))]
        .map((one) => one.split(" "))
        .filter(([file = ""]) => !ownBundles.includes(file.slice("./".length)))
        .map(([file = "", name = ""]) => `export { ${name} } from "${file}.ts";`)
        .join("\n"),
      resolveDir: cliFolder,
    }));
  },
};

/**
 * zod's entry says that it has no effects. Its parts are set up late where only code that is loaded late names them first;
 * with the entry left out, nobody would set them up for those who use them at once.
 */
const wholeZod: Plugin = {
  name: "whole-zod",
  setup: (bundling) =>
    bundling.onResolve({ filter: /^zod$/ }, async ({ path, pluginData, ...where }) => {
      if (pluginData === wholeZod) return null;
      const { importer, kind, namespace, resolveDir } = where;
      const options = { importer, kind, namespace, resolveDir, pluginData: wholeZod };
      return { ...(await bundling.resolve(path, options)), sideEffects: true };
    }),
};

// A hook is a body, which has the form of Node's own module wrapper, and a loader that runs it from V8's code cache.
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
await build({
  ...shared,
  ...programStyle,
  define: { ...define, "import.meta.url": "moduleUrl" },
  // node-cron asks for the URL of its own module.
  banner: {
    js: `${around.before}const moduleUrl = require("node:url").pathToFileURL(__filename).href;`,
  },
  footer: { js: around.after },
  plugins: [loadedBeside, otherVerbs, commanderAlone, wholeZod],
  entryPoints: {
    monitor: join(root, "src/monitor/main.ts"),
    "cli-main": join(root, "src/cli/main.ts"),
    "cli-verbs": "cli-verbs",
    ...Object.fromEntries(ownBundles.map((name) => [name, join(cliFolder, `${name}.ts`)])),
    "mcp-main": join(root, "src/server/stdio/main.ts"),
  },
});
await build({
  ...shared,
  ...programStyle,
  define: { ...define, SITREP_COVERAGE: String(coverage !== null) },
  entryPoints: {
    cli: join(root, "src/cli/program-loader.ts"),
    mcp: join(root, "src/cli/program-loader.ts"),
  },
});

// A thread of the programs; what it runs is counted where its tests call it directly.
await build({
  ...shared,
  minifySyntax: true,
  minifyWhitespace: true,
  entryPoints: { "mapping-worker": join(root, "src/sources/mapping/worker.ts") },
});

cpSync(join(root, "hooks"), join(dist, "gates"), {
  recursive: true,
  filter: (file) => !file.endsWith(".ts"),
});

const [addon] = addonCandidates(root);
if (addon === undefined) throw new Error("better-sqlite3 has no addon for this machine");
copyFileSync(addon, join(dist, addonFileName));
// Optional: without it secrets that are to be in the keychain are in files.
const keychainAddon = findKeychainAddon(root);
if (keychainAddon !== null) copyFileSync(keychainAddon, join(dist, keychainAddonName));

if (coverage === null) {
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  const project = join(root, "tsconfig.lib.json");
  execFileSync(process.execPath, [compiler, "-p", project, "--outDir", join(dist, "lib")], {
    stdio: "inherit",
  });
}

const old = `${target}.old-${process.pid}`;
if (existsSync(target)) renameSync(target, old);
renameSync(dist, target);
rmSync(old, { recursive: true, force: true });
