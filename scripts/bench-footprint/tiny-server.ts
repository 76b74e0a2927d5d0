// A minimal MCP server over stdio, run as a program, so that the figures are mostly its client's.

import { appendFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { responseOf } from "./responses.ts";

appendFileSync(String(process.argv[2]), "source\n");

createInterface({ input: process.stdin }).on("line", (line) => {
  const response = responseOf(JSON.parse(line));
  if (response !== null) process.stdout.write(`${JSON.stringify(response)}\n`);
});
process.stdin.on("end", () => process.exit());
