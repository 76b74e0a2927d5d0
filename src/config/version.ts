import { createRequire } from "node:module";

/** Set by the build. */
declare const SITREP_VERSION: string | undefined;

/** The version in package.json. The library reads it from its own package. */
export const version: string =
  typeof SITREP_VERSION === "undefined"
    ? (createRequire(import.meta.url)("sitrep/package.json") as { version: string }).version
    : SITREP_VERSION;
