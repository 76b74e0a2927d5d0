// Splits the command's code: frequent commands have separate bundles, the rest is in `programs.cjs`.

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import type { OnLoadResult, Plugin } from "esbuild";

/** Bundles by file, for verbs that are typed often or run for hours. */
export const ownBundles: Readonly<Record<string, string>> = {
  "./task/list": "task-list",
  "./today": "today",
  "./watch/watch": "watch",
};
export const cliFolder = join(import.meta.dirname, "../../src/cli");

/** A module's key in `parts`, such as `./task/edit`. */
const moduleName = (from: string, path: string): string =>
  `./${relative(cliFolder, join(from, path))}`.replace(/\.ts$/, "");

/** The files of verbs, which the command loads on demand. */
const loadedLate = readdirSync(cliFolder, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .map((name) => join(cliFolder, name))
  .flatMap((file) =>
    [...readFileSync(file, "utf8").matchAll(/import\("(\.\.?\/[\w/.-]+)\.ts"\)\)/g)].map(
      ([, path = ""]) => moduleName(dirname(file), path),
    ),
  )
  .filter((name) => !name.startsWith("./../"));

/** The parts of `programs.cjs`; each is initialized when it is first used. */
const parts: Readonly<Record<string, string>> = {
  mcp: "../server/stdio/main.ts",
  library: "../index.ts",
  testing: "../client/testing/index.ts",
  pluginSetup: "./install/plugin-setup.ts",
  ...Object.fromEntries(
    [...new Set(loadedLate)]
      .filter((file) => !(file in ownBundles))
      .map((file) => [file, `${file}.ts`]),
  ),
};
const load = (part: string): string => `require("./programs.cjs")[${JSON.stringify(part)}]()`;

const virtual = (contents: string): OnLoadResult => ({ contents, resolveDir: cliFolder });

/** Bundles all parts into one file, because they share most of their code. */
export const allParts: Plugin = {
  name: "all-parts",
  setup: (bundling) => {
    bundling.onResolve({ filter: /^programs$/ }, ({ path }) => ({ path, namespace: "parts" }));
    bundling.onLoad({ filter: /.*/, namespace: "parts" }, () =>
      virtual(
        Object.entries(parts)
          .map(([name, file]) => `exports[${JSON.stringify(name)}] = () => require("${file}");`)
          .join("\n"),
      ),
    );
  },
};

/** Makes the first bundle and `ownBundles` load other verbs from other bundles; `part:NAME` runs a part as a program. */
export const loadedBeside: Plugin = {
  name: "loaded-beside",
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^\.\/programs\.cjs$/ }, ({ path }) => ({ path, external: true }));
    onResolve({ filter: /^\.\.?\/[\w/.-]+\.ts$/ }, ({ kind, path, importer }) => {
      if (kind !== "dynamic-import") return null;
      const part = moduleName(dirname(importer), path);
      if (!loadedLate.includes(part)) return null;
      const own = ownBundles[part];
      return own === undefined
        ? { path: part, namespace: "late" }
        : { path: `./${own}.cjs`, external: true };
    });
    onResolve({ filter: /^part:/ }, ({ path }) => ({
      path: path.slice("part:".length),
      namespace: "part",
    }));
    onLoad({ filter: /.*/, namespace: "late" }, ({ path }) =>
      virtual(`module.exports = ${load(path)};`),
    );
    onLoad({ filter: /.*/, namespace: "part" }, ({ path }) => virtual(`${load(path)};`));
  },
};
