// Locates the built files that the tests run as processes.

import { join } from "node:path";

/** `dist/`, or the coverage build that scripts/coverage.ts has made. */
export const builtFolder: string =
  process.env["SITREP_TEST_BUILD"] ?? join(import.meta.dirname, "../../dist");
