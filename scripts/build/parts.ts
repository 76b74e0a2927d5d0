// How the command's code is shared out: what is read often in bundles of its own, the rest in `programs.cjs`.

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { OnLoadResult, Plugin } from "esbuild";

/** Verbs whose code is a bundle of its own: what is read often. */
export const ownBundles = ["task-look", "today"];
export const cliFolder = join(import.meta.dirname, "../../src/cli");

/** The verbs' files that the command loads when they are called. */
const loadedLate = readdirSync(cliFolder)
  .filter((name) => name.endsWith(".ts"))
  .flatMap((name) =>
    [
      ...readFileSync(join(cliFolder, name), "utf8").matchAll(/import\("(\.\/[\w/-]+)\.ts"\)\)/g),
    ].map(([, file = ""]) => file),
  );

/** What lies in `programs.cjs`, each part set up when it is asked for. */
const parts: Readonly<Record<string, string>> = {
  mcp: "../server/stdio/main.ts",
  library: "../index.ts",
  testing: "../client/testing/index.ts",
  pluginSetup: "./plugin-setup.ts",
  ...Object.fromEntries(
    [...new Set(loadedLate)]
      .filter((file) => !ownBundles.includes(file.slice("./".length)))
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
    onResolve({ filter: /^\.\/[\w/-]+\.ts$/ }, ({ kind, path, importer }) => {
      if (kind !== "dynamic-import" || dirname(importer) !== cliFolder) return null;
      const part = path.slice(0, -".ts".length);
      const isOwn = ownBundles.includes(part.slice("./".length));
      return isOwn ? { path: `${part}.cjs`, external: true } : { path: part, namespace: "late" };
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
