// A minimal MCP server over stdio, run as a program, so that the figures are mostly its client's.

import { appendFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { answerOf } from "./answers.ts";

appendFileSync(String(process.argv[2]), "source\n");

createInterface({ input: process.stdin }).on("line", (line) => {
  const answer = answerOf(JSON.parse(line));
  if (answer !== null) process.stdout.write(`${JSON.stringify(answer)}\n`);
});
process.stdin.on("end", () => process.exit());
