import { isAbsolute } from "node:path";
import * as z from "zod";
import { hostText } from "../core/address.ts";
import { responseLimitMiB } from "../core/mapping/response-bounds.ts";
import { mcpTransports, sourceTypes } from "../core/ports.ts";
import { isSecretName } from "../core/secrets/secret-names.ts";
import { formMistake, MappingConfig } from "./source/mapping-schema.ts";
import { flag, number, optionalText, Text, whole } from "./setting.ts";
import { programReference, secretReference, SourceAuth } from "./source/auth.ts";

const Url = z
  .string()
  .refine((value) => /^(https?|wss?):$/.test(URL.parse(value)?.protocol ?? ""), {
    error: "is not an http:, https:, ws: or wss: address",
  });

export const sourceName: RegExp = /^[a-z0-9][a-z0-9._-]{0,39}$/;

/** The limits of one call. */
export const callLimits = {
  timeoutSeconds: { least: 0.1, most: 600 },
  retries: { least: 0, most: 10 },
} as const;
const { timeoutSeconds, retries } = callLimits;

const fields = z.strictObject({
  name: z
    .string()
    .regex(sourceName, {
      error: "must be at most 40 lowercase letters, digits, dots, dashes and underscores",
    })
    .describe("Its name in briefs and commands."),
  type: z.enum(sourceTypes).describe("The protocol of its server."),
  enabled: flag("If false, the source is not used.").default(true),
  fallback: flag("If true, it is shown only while every other source fails.").default(false),
  projects: z
    .array(Text)
    .exactOptional()
    .describe("Only for these projects: absolute paths or folder names. Default: all projects."),
  url: Url.exactOptional().describe("The server's address."),
  transport: z
    .enum(mcpTransports)
    .exactOptional()
    .describe("Default: `stdio` with a command, `websocket` with a `ws:` address, else `http`."),
  command: optionalText(
    "A program on this machine, instead of an address. For `beads` files: the absolute path of `bd`, which is run instead of reading the export.",
  ),
  args: z.array(z.string()).default([]).describe("The program's arguments."),
  env: z
    .record(z.string(), z.string())
    .default({})
    .describe("The program's environment variables. A secret must be a reference."),
  cwd: optionalText(
    "The folder that the program starts in. Default: the project's, if the source lists its path, else the state folder.",
  ),
  kind: optionalText("For `file`: the kind of list, such as `todo.md` or `beads`."),
  path: z
    .string()
    .regex(/^(?!\/|.*(?:^|\/)\.\.(?:\/|$))[^\0\n]{1,300}$/, {
      error: "must be relative to the repository, without ..",
    })
    .exactOptional()
    .describe("For `file`: the file or folder, relative to the repository."),
  preset: optionalText("The preset for an MCP server, or for the API of a `json` source."),
  mapping: MappingConfig.exactOptional().describe("A mapping, instead of a preset."),
  with: z
    .record(z.string(), z.string())
    .default({})
    .describe("Settings of a preset, a mapping or a REST service."),
  pullRequests: flag(
    "For the presets `github`, `gitlab` and `gitea` with a token: if false, the pull requests of branches are not read. Default: true.",
  ).exactOptional(),
  auth: SourceAuth.exactOptional().describe("How to sign in."),
  timeoutSeconds: number(
    timeoutSeconds.least,
    timeoutSeconds.most,
    "The timeout for one call to the server. Connecting has the same timeout, but never less than 10 s.",
  ).exactOptional(),
  retries: whole(
    retries.least,
    retries.most,
    "How many times a failed read is retried. Default: 3.",
  ).exactOptional(),
  maxResponseMiB: number(
    0.01,
    responseLimitMiB,
    "The largest response that is read, in MiB. Default: 1.",
  ).exactOptional(),
});
export type SourceConfig = z.infer<typeof fields>;

/** Numbers and switches are not secrets, even in a variable with a secret's name. */
const isLiteralSecret = ([name, value]: [string, string]): boolean =>
  isSecretName(name) && !secretReference.test(value) && !/^(?:\d{0,6}|true|false)$/.test(value);

/** A setting that the source's type needs or excludes. */
function mismatch(source: SourceConfig): [path: string, what: string] | null {
  const { type, url, command, preset, mapping, transport } = source;
  if (type === "embedded") {
    return url || command ? ["url", "the embedded store has no server"] : null;
  }
  if (type === "file") {
    if (source.kind === undefined) return ["kind", "is missing"];
    if (source.path === undefined) return ["path", "is missing"];
    if (command === undefined) return null;
    if (source.kind !== "beads") return ["command", '"file" sources do not use it'];
    return isAbsolute(command) ? null : ["command", "must be an absolute path"];
  }
  if (type !== "mcp" && type !== "manage-task") {
    if (url === undefined) return ["url", "is missing"];
    if (command !== undefined) return ["command", `a "${type}" source uses "url", not "command"`];
    const isMapped = type !== "json" || preset !== undefined || mapping !== undefined;
    return isMapped ? null : ["preset", 'give a "preset" or a "mapping"'];
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

const ofMcp = ["preset", "mapping"] as const;
const ofRest = [...ofMcp, "transport"] as const;
const ofJson = ["pullRequests"] as const;
const ofServer = [
  ...ofRest,
  ...ofJson,
  "auth",
  "timeoutSeconds",
  "retries",
  "maxResponseMiB",
] as const;
const ofFile = ["kind", "path"] as const;
/** Settings that a type does not use: they would be ignored silently. */
const useless = {
  mcp: [...ofJson, ...ofFile],
  "manage-task": [...ofMcp, ...ofJson, ...ofFile],
  "task-tracking": [...ofRest, ...ofJson, ...ofFile],
  tickets: [...ofRest, ...ofJson, ...ofFile],
  json: ["transport", ...ofFile],
  file: [...ofServer, "url", "args", "env", "cwd"],
  embedded: [...ofServer, ...ofFile],
} as const;

/** A tracker's program prints the token of one host, which is sent to no other. */
function wrongHost({ url, auth }: SourceConfig): [path: string, what: string] | null {
  const [, program, host] = programReference.exec(auth?.secret ?? "") ?? [];
  if (program === undefined || url === undefined || hostText(url) === host) return null;
  return ["auth.secret", `the token of ${host} is not sent to ${hostText(url)}`];
}

/** False for undefined, false, an empty list and an empty object. */
export const hasContent = (value: unknown): boolean =>
  typeof value === "object" && value !== null
    ? Object.keys(value).length > 0
    : value !== undefined && value !== false;

function unused(source: SourceConfig): [path: string, what: string] | null {
  const { type, command } = source;
  const ofType = useless[type].find((field) => hasContent(source[field]));
  if (ofType !== undefined) return [ofType, `"${type}" sources do not use it`];
  if (command !== undefined) {
    return hasContent(source.auth) ? ["auth", 'pass secrets to a "command" in "env"'] : null;
  }
  const ofProgram = (["args", "env", "cwd"] as const).find((field) => hasContent(source[field]));
  return ofProgram === undefined ? null : [ofProgram, 'needs a "command"'];
}

export const SourceConfig: z.ZodType<SourceConfig> = fields.superRefine((source, context) => {
  const wrong =
    mismatch(source) ??
    unused(source) ??
    wrongHost(source) ??
    formMistake(source.type, source.mapping);
  if (wrong !== null) {
    context.addIssue({ code: "custom", path: [wrong[0]], message: wrong[1] });
  }
  const [secret = null] = Object.entries(source.env).find(isLiteralSecret) ?? [];
  if (secret !== null) {
    const message = `a secret must be a reference: "\${env:${secret}}", "\${file:/path}" or "\${keychain:NAME}"`;
    context.addIssue({ code: "custom", path: ["env", secret], message });
  }
});

export const SourceList: z.ZodType<SourceConfig[]> = z
  .array(SourceConfig)
  .superRefine((sources, context) => {
    for (const [at, { name }] of sources.entries()) {
      if (sources.findIndex((one) => one.name === name) === at) continue;
      context.addIssue({ code: "custom", path: [at, "name"], message: `"${name}" is used twice` });
    }
  });
