// Reads an MCP client's options from a file and from environment variables, which override the file.

import * as z from "zod";
import { variable } from "../config/environment.ts";
import { environmentSources } from "../config/environment-sources.ts";
import type { Environment } from "../config/folders.ts";
import { SitrepError } from "../core/errors.ts";
import { defined, issueText, parseJson } from "../core/read.ts";
import { readSmallFile } from "../state/files/read-small-file.ts";
import type { McpClientOptions } from "./server-options.ts";

const seconds = z.number().positive().max(86_400);
const McpClientFile = z.strictObject({
  name: z.string().optional(),
  server_url: z.string().optional(),
  url: z.string().optional(),
  transport: z.string().optional(),
  command: z.string().optional(),
  args: z.array(z.string()).optional(),
  env: z.record(z.string(), z.string()).optional(),
  timeout: seconds.optional(),
  retry_attempts: z.number().int().min(0).max(10).optional(),
  retry_delay: seconds.default(0.1),
  enable_caching: z.boolean().default(true),
  cache_ttl: seconds.optional(),
  ping_interval: seconds.default(30),
  ping_timeout: seconds.default(20),
  // Accepted and ignored: metrics are always collected.
  enable_metrics: z.boolean().optional(),
});

type McpClientFile = z.infer<typeof McpClientFile>;

/** Returns the defaults if there is no file. Throws `config-invalid`, which names the file and the field. */
function readFile(file: string | undefined): McpClientFile {
  if (file === undefined) return McpClientFile.parse({});
  const text = readSmallFile(file, 256 * 1024);
  const read = McpClientFile.safeParse(parseJson(text ?? ""));
  if (read.success) return read.data;
  const what = text === null ? "does not exist" : issueText(read.error);
  throw new SitrepError("config-invalid", `${file}: ${what}`);
}

/** Each variable, and the field of the file that it overrides. */
const fieldOf: Readonly<Record<string, string>> = {
  MCP_SERVER_URL: "server_url",
  MCP_TRANSPORT: "transport",
  MCP_TIMEOUT: "timeout",
  MCP_RETRY_ATTEMPTS: "retry_attempts",
};
const variables = Object.keys(fieldOf);

/** Reads the server's address, with the file's fields treated as variables. */
function addressOf(set: McpClientFile, env: Environment, file: string | undefined) {
  const own = Object.fromEntries(variables.map((name) => [name, variable(env, name)]));
  const inFile = {
    MCP_SERVER_URL: set.server_url ?? set.url,
    MCP_TRANSPORT: set.transport,
    MCP_TIMEOUT: set.timeout?.toString(),
    MCP_RETRY_ATTEMPTS: set.retry_attempts?.toString(),
  };
  try {
    return environmentSources({ ...inFile, ...defined(own) })[0]?.config;
  } catch (error) {
    if (file === undefined || !(error instanceof SitrepError)) throw error;
    const name = variables.find((one) => error.message.startsWith(one)) ?? "";
    if (own[name] !== undefined) throw error;
    const what = error.message.replace(name, fieldOf[name] ?? name);
    throw new SitrepError("config-invalid", `${file}: ${what}`);
  }
}

/**
 * Reads the options for `createMcpClient` from a JSON file (`server_url` or `command`, `args`, `env`; `transport`;
 * `timeout`, `retry_attempts`, `retry_delay`, `enable_caching`, `cache_ttl`, `ping_interval`, `ping_timeout`; times in
 * seconds). `MCP_SERVER_URL`, `MCP_TRANSPORT`, `MCP_TIMEOUT` and `MCP_RETRY_ATTEMPTS` override the file. Throws
 * `config-invalid`.
 */
export function readMcpOptions({
  file,
  env = process.env,
}: { file?: string; env?: Environment } = {}): McpClientOptions {
  const set = readFile(file);
  const isProgram = set.command !== undefined && variable(env, "MCP_SERVER_URL") === undefined;
  const settings = isProgram
    ? { ...set, server_url: "http://localhost/mcp", transport: "http" }
    : set;
  const source = addressOf(settings, env, file);
  if (source === undefined) {
    throw new SitrepError("config-invalid", "No MCP server is specified.", {
      hint: "Set MCP_SERVER_URL, or pass a file with server_url or command.",
    });
  }
  const { retries, timeoutSeconds, transport } = source;
  const tryTimeoutMs = timeoutSeconds === undefined ? undefined : timeoutSeconds * 1000;
  const delays = Array.from({ length: retries ?? 0 }, (_, at) => set.retry_delay * 1000 * 2 ** at);
  const resultCacheMs = set.enable_caching ? set.cache_ttl && set.cache_ttl * 1000 : 0;
  return {
    ...defined({ name: set.name, requestTimeoutMs: tryTimeoutMs, connectTimeoutMs: tryTimeoutMs }),
    ...(isProgram
      ? defined({ command: set.command, args: set.args, env: set.env })
      : {
          url: source.url ?? "",
          ...(transport === undefined || transport === "stdio" ? {} : { transport }),
        }),
    heartbeat: { everyMs: set.ping_interval * 1000, withinMs: set.ping_timeout * 1000 },
    policy: defined({
      tryTimeoutMs,
      deadlineMs: tryTimeoutMs === undefined ? undefined : Math.max(25_000, tryTimeoutMs),
      retryDelaysMs: retries === undefined ? undefined : delays,
      resultCacheMs,
    }),
  };
}
