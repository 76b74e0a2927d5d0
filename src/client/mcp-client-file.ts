// A JSON file with a program's settings of an MCP client, in the field names that such files use. Times are in seconds.

import * as z from "zod";
import { SitrepError } from "../core/errors.ts";
import { issueText, parseJson } from "../core/read.ts";
import { readSmallFile } from "../state/files/read-small-file.ts";

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

export type McpClientFile = z.infer<typeof McpClientFile>;

/** The defaults without a file. Throws `config-invalid`, naming the file and the field. */
export function readMcpClientFile(file: string | undefined): McpClientFile {
  if (file === undefined) return McpClientFile.parse({});
  const text = readSmallFile(file, 256 * 1024);
  const read = McpClientFile.safeParse(parseJson(text ?? ""));
  if (read.success) return read.data;
  const what = text === null ? "does not exist" : issueText(read.error);
  throw new SitrepError("config-invalid", `${file}: ${what}`);
}
