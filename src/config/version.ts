import { createRequire } from "node:module";

/** Set by the build. */
declare const SITREP_VERSION: string | undefined;

/** The version in package.json, which the library reads from the package that it is a part of. */
export const version: string =
  typeof SITREP_VERSION === "undefined"
    ? (createRequire(import.meta.url)("sitrep/package.json") as { version: string }).version
    : SITREP_VERSION;
