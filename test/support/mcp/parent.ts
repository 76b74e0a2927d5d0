// Run as a program: connects to a server over stdio, reports it, and runs until it is killed. Arguments: command, args.

import { connectMcp } from "./connect.ts";

const [command = "", ...args] = process.argv.slice(2);
await connectMcp(
  { transport: "stdio", command, args, env: {}, cwd: process.cwd() },
  { name: "board", connectTimeoutMs: 10_000, requestTimeoutMs: 10_000 },
);
process.stdout.write("connected\n");
setInterval(() => {}, 60_000);
