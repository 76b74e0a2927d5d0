// How the command's code is shared out: what is read often in bundles of its own, the rest in `programs.cjs`.

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import type { OnLoadResult, Plugin } from "esbuild";

/** Verbs whose code is a bundle of its own, because they are typed often or run for hours: the bundle by file. */
export const ownBundles: Readonly<Record<string, string>> = {
  "./task/list": "task-list",
  "./today": "today",
  "./watch/watch": "watch",
};
export const cliFolder = join(import.meta.dirname, "../../src/cli");

/** A module of the command as the keys of `parts` have it: `./task/edit`. */
const moduleName = (from: string, path: string): string =>
  `./${relative(cliFolder, join(from, path))}`.replace(/\.ts$/, "");

/** The verbs' files that the command loads when they are called. */
const loadedLate = readdirSync(cliFolder, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .map((name) => join(cliFolder, name))
  .flatMap((file) =>
    [...readFileSync(file, "utf8").matchAll(/import\("(\.\.?\/[\w/.-]+)\.ts"\)\)/g)].map(
      ([, path = ""]) => moduleName(dirname(file), path),
    ),
  )
  .filter((name) => !name.startsWith("./../"));

/** What lies in `programs.cjs`, each part set up when it is asked for. */
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

/** Every part in one file: most of what they are made of they have in common. */
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

/** In the first bundle and in `ownBundles`, what is loaded late is in another; `part:NAME` runs a part as a program. */
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
