// A hook's executable: it runs the body beside it with V8's code cache, which the installer made by running that body once. Without
// a cache, or with one from another Node, V8 compiles the body as usual.

import { readFileSync } from "node:fs";
import { Script } from "node:vm";

type Body = (
  exports: object,
  require: NodeJS.Require,
  module: object,
  filename: string,
  folder: string,
) => void;

/** Baked in by the build. Coverage does not count code from a cache, so a coverage build compiles. */
declare const SITREP_COVERAGE: boolean;

const base = __filename.slice(0, -".cjs".length);

function codeCache(): Buffer | undefined {
  try {
    return readFileSync(`${base}.cache`);
  } catch {
    return undefined;
  }
}

const cachedData = SITREP_COVERAGE ? undefined : codeCache();
const script = new Script(readFileSync(`${base}.js`, "utf8"), {
  filename: `${base}.js`,
  ...(cachedData === undefined ? {} : { cachedData }),
});
(script.runInThisContext() as Body)(exports, require, module, __filename, __dirname);
