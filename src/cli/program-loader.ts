#!/usr/bin/env node
// Starts a program, `NAME-main.cjs` beside `NAME.cjs`, from the code that V8 kept of the last time, which spares a
// command and a session's start the compiling. Where the folder cannot be written, V8 compiles as ever.

import * as nodeModule from "node:module";
import { basename, join } from "node:path";

/** Baked in by the build. Code from a cache counts nothing, so a coverage build compiles. */
declare const SITREP_COVERAGE: boolean;

const folder = import.meta.dirname;
const name = basename(__filename, ".cjs");
// Missing in a Node that is too old; the program says so itself.
if (!SITREP_COVERAGE) nodeModule.enableCompileCache?.(join(folder, "compile-cache"));
nodeModule.createRequire(__filename)(`./${name}-main.cjs`);
