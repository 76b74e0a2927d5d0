// Run as a program: a server that does not stop when asked. It ignores the end of its input and every signal that can
// be ignored, and so does its child process, which holds its pipes. Writes both process ids to a file.

import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { PassThrough } from "node:stream";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { createServerV1 } from "./server-v1.ts";

for (const signal of ["SIGTERM", "SIGINT", "SIGHUP", "SIGPIPE"]) process.on(signal, () => {});
const deaf = "trap '' TERM INT HUP; while :; do sleep 0.2; done";
const child = spawn("/bin/sh", ["-c", deaf], { stdio: "inherit" });
writeFileSync(process.argv[2] ?? "", `${process.pid} ${child.pid}`);
setInterval(() => {}, 1000);
process.stdout.on("error", () => {});
// Hide the end of the input from the transport.
const input = new PassThrough();
process.stdin.on("data", (chunk) => input.write(chunk));
await createServerV1().connect(new StdioServerTransport(input));
