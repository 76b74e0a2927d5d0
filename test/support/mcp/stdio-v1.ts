// Run as a program: the 1.x server over stdio.

import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { createServerV1 } from "./server-v1.ts";

await createServerV1().connect(new StdioServerTransport());
