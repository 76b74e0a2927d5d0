// What of others' packages the bundles leave out, and what they must not.

import type { Plugin } from "esbuild";

/** What no hook calls of better-sqlite3 is left out: loading it is a part of each hook's start. */
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

/** For verbs that are programs of their own, of which there are none; loading it is a tenth of Node's start. */
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
 * zod's entry says that it has no effects. Its parts are set up late where only code that is loaded late names them first;
 * with the entry left out, nobody would set them up for those who use them at once.
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
