// A task source as it is configured, in config.json or in a project's `.sitrep.json`.

import * as z from "zod";
import { isSecretName } from "../core/secret-names.ts";
import { sourceTypes } from "../core/ports.ts";
import type { SourceType } from "../core/ports.ts";
import { SettingText } from "./setting-text.ts";
import { SourceAuth, secretReference } from "./source-auth.ts";

export const mcpTransports = ["http", "sse", "websocket", "stdio"] as const;
export type McpTransport = (typeof mcpTransports)[number];

interface CallConfig {
  tool: string;
  arguments?: Record<string, unknown>;
  tasks?: string;
  task?: string;
  total?: string;
  cursor?: string;
  text?: { line: string; heading?: string; none?: string };
  priorityScale?: "one-highest" | "zero-highest" | "highest-last";
}

export interface MappingConfig {
  list: CallConfig & { items?: string; each?: CallConfig };
  next?: CallConfig;
  get?: CallConfig;
  search?: CallConfig;
  create?: CallConfig;
  update?: CallConfig;
  statusWords?: Record<string, string>;
}

export interface SourceConfig {
  /** Its name in briefs and commands. */
  name: string;
  type: SourceType;
  enabled: boolean;
  /** Shown only while every other source fails. */
  fallback: boolean;
  /** Only for these projects: absolute paths or names of folders. All without it. */
  projects?: string[];
  url?: string;
  /** Default: `stdio` with a command, `websocket` with a `ws:` address, else `http`. */
  transport?: McpTransport;
  command?: string;
  args: string[];
  /** For the command; values may be references to secrets. */
  env: Record<string, string>;
  /** Default: the project's folder. */
  cwd?: string;
  preset?: string;
  mapping?: MappingConfig;
  /** What templates and expressions of the mapping name; for REST services their own settings. */
  with: Record<string, string>;
  auth?: SourceAuth;
  /** For one call of a server. */
  timeoutSeconds?: number;
  /** Repetitions of a read that failed. */
  retries?: number;
}

const call = {
  tool: SettingText,
  arguments: z.record(z.string(), z.unknown()).exactOptional(),
  tasks: SettingText.exactOptional(),
  task: SettingText.exactOptional(),
  total: SettingText.exactOptional(),
  cursor: SettingText.exactOptional(),
  text: z
    .strictObject({
      line: SettingText,
      heading: SettingText.exactOptional(),
      none: SettingText.exactOptional(),
    })
    .exactOptional(),
  priorityScale: z.enum(["one-highest", "zero-highest", "highest-last"]).exactOptional(),
};
const Call = z.strictObject(call);

const Mapping = z.strictObject({
  list: z.strictObject({ ...call, items: SettingText.exactOptional(), each: Call.exactOptional() }),
  next: Call.exactOptional(),
  get: Call.exactOptional(),
  search: Call.exactOptional(),
  create: Call.exactOptional(),
  update: Call.exactOptional(),
  statusWords: z.record(z.string(), z.string()).exactOptional(),
});

const Url = z
  .string()
  .refine((value) => /^(https?|wss?):$/.test(URL.parse(value)?.protocol ?? ""), {
    error: "is not an http:, https:, ws: or wss: address",
  });

/** Numbers and switches are no secrets, whatever they are called. */
const isLiteralSecret = ([name, value]: [string, string]): boolean =>
  isSecretName(name) && !secretReference.test(value) && !/^(?:\d{0,6}|true|false)$/.test(value);

/** What fits the type: where the server is, and what only MCP has. */
function mismatch(source: SourceConfig): [path: string, what: string] | null {
  const { type, url, command, preset, mapping, transport } = source;
  if (type === "embedded") return url || command ? ["url", "the embedded store has none"] : null;
  if (type !== "mcp" && type !== "manage-task") {
    if (url === undefined) return ["url", "is missing"];
    return command === undefined ? null : ["command", `a "${type}" source is reached by its url`];
  }
  if ((url === undefined) === (command === undefined)) {
    return ["url", 'give either "url" or "command"'];
  }
  if (transport === "stdio" && command === undefined) return ["command", "is missing for stdio"];
  if (transport !== undefined && transport !== "stdio" && url === undefined) {
    return ["url", `is missing for ${transport}`];
  }
  if (type === "mcp" && preset === undefined && mapping === undefined) {
    return ["preset", 'give a "preset" or a "mapping" ("sitrep source add --help" lists presets)'];
  }
  return null;
}

export const sourceName: RegExp = /^[a-z0-9][a-z0-9._-]{0,39}$/;

export const SourceConfig: z.ZodType<SourceConfig> = z
  .strictObject({
    name: z.string().regex(sourceName, {
      error: "must be of small letters, digits, dots, dashes and underscores, at most 40",
    }),
    type: z.enum(sourceTypes),
    enabled: z.boolean().default(true),
    fallback: z.boolean().default(false),
    projects: z.array(SettingText).exactOptional(),
    url: Url.exactOptional(),
    transport: z.enum(mcpTransports).exactOptional(),
    command: SettingText.exactOptional(),
    args: z.array(z.string()).default([]),
    env: z.record(z.string(), z.string()).default({}),
    cwd: SettingText.exactOptional(),
    preset: SettingText.exactOptional(),
    mapping: Mapping.exactOptional(),
    with: z.record(z.string(), z.string()).default({}),
    auth: SourceAuth.exactOptional(),
    timeoutSeconds: z.number().min(0.1).max(600).exactOptional(),
    retries: z.number().int().min(0).max(10).exactOptional(),
  })
  .superRefine((source, context) => {
    const wrong = mismatch(source);
    if (wrong !== null) {
      context.addIssue({ code: "custom", path: [wrong[0]], message: wrong[1] });
    }
    const [secret = null] = Object.entries(source.env).find(isLiteralSecret) ?? [];
    if (secret !== null) {
      const message = `a secret must be a reference: "\${env:${secret}}", "\${file:/path}" or "\${keychain:NAME}"`;
      context.addIssue({ code: "custom", path: ["env", secret], message });
    }
  });

/** Sources in their order, each name once. */
export const SourceList: z.ZodType<SourceConfig[]> = z
  .array(SourceConfig)
  .superRefine((sources, context) => {
    for (const [at, { name }] of sources.entries()) {
      if (sources.findIndex((one) => one.name === name) === at) continue;
      context.addIssue({ code: "custom", path: [at, "name"], message: `"${name}" is there twice` });
    }
  });
