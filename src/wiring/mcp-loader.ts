// Starts `sitrep mcp` from the code that V8 kept of the last time, which spares a session's start the compiling.

import * as nodeModule from "node:module";
import { join } from "node:path";

const folder = import.meta.dirname;
// Missing in a Node that is too old; the server says so itself.
nodeModule.enableCompileCache?.(join(folder, "compile-cache"));
nodeModule.createRequire(join(folder, "mcp.cjs"))("./mcp-server.cjs");
