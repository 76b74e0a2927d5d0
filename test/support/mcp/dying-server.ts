// Run as a program: a task server that keeps its tasks and calls in the folder FOLDER. If the file `die` exists, a
// write kills the server once: `before` it acts, `after` it has acted, or in the middle of its response (`half`).

import {
  appendFileSync,
  existsSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { McpServer } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import * as z from "zod";
import { text } from "./behavior.ts";

const folder = process.env["FOLDER"] ?? "";
const [tasks, calls, die] = ["tasks.json", "calls", "die"].map((name) => join(folder, name)) as [
  string,
  string,
  string,
];

const dieNow = (): void => void process.kill(process.pid, "SIGKILL");

serveStdio(() => {
  const server = new McpServer({ name: "dying-server", version: "1.0.0" });
  server.registerTool("manage_task", { inputSchema: z.looseObject({}) }, (args) => {
    const all = JSON.parse(readFileSync(tasks, "utf8")) as { id: string }[];
    const { action, task_id: id, git_branch_id: _branch, limit: _limit, ...fields } = args;
    const found = all.find((task) => task.id === id);
    if (action === "list") return text(JSON.stringify({ data: { tasks: all } }));
    if (action === "get") return text(JSON.stringify({ data: { task: found } }));
    const when = existsSync(die) ? readFileSync(die, "utf8") : "";
    rmSync(die, { force: true });
    appendFileSync(calls, `${String(action)}\n`);
    if (when === "before") dieNow();
    const task = found ?? { id: `T-${all.length + 1}` };
    Object.assign(task, fields);
    writeFileSync(tasks, JSON.stringify(found ? all : [...all, task]));
    if (when === "half") writeSync(1, '{"jsonrpc":"2.0","result":{"con');
    if (when !== "") dieNow();
    return text(JSON.stringify({ data: { task } }));
  });
  return server;
});
