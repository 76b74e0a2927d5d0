// Run as a program: a task server that no preset knows. It records each call in the file named by CALLS, and lists the
// tasks in the file named by TODOS.

import { appendFileSync, readFileSync } from "node:fs";
import { McpServer } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import * as z from "zod";
import { text } from "./behavior.ts";

serveStdio(() => {
  const server = new McpServer({ name: "todo-server", version: "1.0.0" });
  const list = process.env["ANY_LIST"] === undefined ? z.string() : z.string().default("any");
  const inputSchema = z.object({ list });
  const calls = process.env["CALLS"] ?? "/dev/null";
  for (const name of ["list_todos", "clear_todos_list", "list_and_delete"]) {
    server.registerTool(name, { inputSchema }, (args) => {
      appendFileSync(calls, `${name} ${args.list}\n`);
      return text(readFileSync(process.env["TODOS"] ?? "", "utf8"));
    });
  }
  return server;
});
