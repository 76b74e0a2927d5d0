// Run as a program: the 2.x server over stdio. With the argument `modern` it serves revision 2026-07-28 only.

import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { createServerV2 } from "./server-v2.ts";

serveStdio(() => createServerV2(), {
  legacy: process.argv.includes("modern") ? "reject" : "serve",
});
