// Run as a program: a server on stdio that answers a tool call with a flood, `flooding-stdio.ts FLOOD`.

import { createInterface } from "node:readline";
import { callAnswer, floodMessage, floodText, ordinaryAnswer, type Flood } from "./floods.ts";

const [, , flood = "nested"] = process.argv as [string, string, (Flood | "stderr")?];

/** Writes forever, as fast as the client reads. */
function pour(stream: NodeJS.WriteStream, chunk: (at: number) => string): void {
  let at = 0;
  const more = (): void => {
    while (stream.write(chunk((at += 1))));
    stream.once("drain", more);
  };
  more();
}

createInterface({ input: process.stdin }).on("line", (line) => {
  const asked = JSON.parse(line) as { id?: number; method?: string };
  const response = ordinaryAnswer(asked);
  if (response !== null) return void process.stdout.write(`${response}\n`);
  if (asked.method !== "tools/call") return;
  if (flood === "stderr") return pour(process.stderr, () => `${"x".repeat(100_000)}\n`);
  if (flood === "endless") return pour(process.stdout, () => "x".repeat(100_000));
  if (flood === "drip") return void setInterval(() => process.stdout.write(" "), 100);
  if (["messages", "requests", "large messages"].includes(flood)) {
    return pour(process.stdout, (at) => `${floodMessage(flood, at)}\n`);
  }
  process.stdout.write(`${callAnswer(asked.id, floodText(flood))}\n`);
});
process.stdin.on("end", () => process.exit());
