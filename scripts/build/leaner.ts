// Parts of packages that the bundles leave out, or must keep.

import type { Plugin } from "esbuild";

/** Leaves out the parts of better-sqlite3 that hooks do not call: each hook loads it at its start. */
export const leanSqlite: Plugin = {
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

/** Leaves out child_process, which commander needs only for external commands; loading it takes a tenth of Node's start. */
export const commanderAlone: Plugin = {
  name: "commander-alone",
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^node:child_process$/ }, ({ path, importer }) =>
      /[\\/]commander[\\/]lib[\\/]/.test(importer) ? { path, namespace: "unused" } : null,
    );
    onLoad({ filter: /.*/, namespace: "unused" }, () => ({ contents: "export default {};" }));
  },
};

/**
 * Marks zod's entry as having side effects, which its package denies. Without the entry, esbuild initializes zod's parts lazily,
 * and code that uses them at once would find them uninitialized.
 */
export const wholeZod: Plugin = {
  name: "whole-zod",
  setup: (bundling) =>
    bundling.onResolve({ filter: /^zod$/ }, async ({ path, pluginData, ...where }) => {
      if (pluginData === wholeZod) return null;
      const { importer, kind, namespace, resolveDir } = where;
      const options = { importer, kind, namespace, resolveDir, pluginData: wholeZod };
      return { ...(await bundling.resolve(path, options)), sideEffects: true };
    }),
};
