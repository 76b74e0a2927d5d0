// Runs `sitrep mcp` as a client does: the built file in its own process, over its pipes.

import { spawn, spawnSync } from "node:child_process";
import type { ChildProcessByStdio } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { Client } from "@modelcontextprotocol/client";
import type { CallToolResult } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { onTestFinished } from "vitest";
import { builtFolder } from "./built.ts";
import { temporaryFolder } from "./temporary.ts";

export const mcpProgram: string = join(builtFolder, "mcp.cjs");

export interface McpContext {
  /** The working directory of the program. */
  folder: string;
  env: Record<string, string>;
}

/** Makes a new HOME, SITREP_HOME and folder. */
export function aMcpContext(env: Record<string, string> = {}): McpContext {
  const home = temporaryFolder("sitrep-mcp-");
  const folder = join(home, "shop-api");
  mkdirSync(folder);
  const own = {
    HOME: home,
    SITREP_HOME: join(home, "sitrep"),
    PATH: "/usr/local/bin:/usr/bin:/bin",
  };
  return { folder, env: { ...own, ...env } };
}

export interface McpProgram {
  client: Client;
  call: (tool: string, args?: Record<string, unknown>) => Promise<CallToolResult>;
  /** Returns its output on stderr so far. */
  stderr: () => string;
}

/** Starts the program, connects to it, and closes it at the end of the test. */
export async function startMcp(
  { folder, env }: McpContext,
  args: readonly string[] = [],
  revision: "legacy" | "2026-07-28" = "legacy",
  onChange: () => void = () => undefined,
): Promise<McpProgram> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [mcpProgram, ...args],
    cwd: folder,
    env,
    stderr: "pipe",
  });
  let stderr = "";
  transport.stderr?.on("data", (chunk: Buffer) => (stderr += chunk.toString("utf8")));
  const mode = revision === "legacy" ? "legacy" : { pin: revision };
  const client = new Client(
    { name: "test", version: "1.0.0" },
    {
      versionNegotiation: { mode },
      listChanged: { resources: { autoRefresh: false, debounceMs: 1, onChanged: onChange } },
    },
  );
  await client.connect(transport);
  onTestFinished(() => client.close());
  return {
    client,
    call: async (name, given = {}) => await client.callTool({ name, arguments: given }),
    stderr: () => stderr,
  };
}

/** Runs the program without input until it exits. */
export function runMcp(
  { folder, env }: McpContext,
  args: readonly string[] = [],
): { code: number | null; stdout: string; stderr: string } {
  const options = { cwd: folder, env, encoding: "utf8", input: "", timeout: 60_000 } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [mcpProgram, ...args], options);
  return { code: status, stdout, stderr };
}

/** Starts the plain process and kills it at the end of the test. */
export function spawnMcp({
  folder,
  env,
}: McpContext): ChildProcessByStdio<Writable, Readable, Readable> {
  const child = spawn(process.execPath, [mcpProgram], { cwd: folder, env, stdio: "pipe" });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}
