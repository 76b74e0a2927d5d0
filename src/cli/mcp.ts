// `sitrep mcp`: hands over to the server's own bundle, which reads the arguments itself.

import { createRequire } from "node:module";
import { join } from "node:path";

/** `build`: the folder of the built files. */
export async function startMcp(build: string): Promise<void> {
  createRequire(join(build, "cli.cjs"))("./mcp-main.cjs");
}
