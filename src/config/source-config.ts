// A task source as it is configured, in config.json or in a project's `.sitrep.json`, with the way it signs in.

import * as z from "zod";
import { isPlainAddress } from "../core/address.ts";
import { mostAnswerMiB } from "../core/mapping/answer-bounds.ts";
import type { Mapping } from "../core/mapping/mapping.ts";
import { isSecretName } from "../core/secrets/secret-names.ts";
import { clientAuthMethods, mcpTransports, sourceTypes } from "../core/ports.ts";

/** Not empty, and not without end. */
const Text = z.string().min(1).max(10_000);

/** What stands for a secret in settings. */
const secretReference: RegExp =
  /^\$\{(?:env:[A-Za-z_][A-Za-z0-9_]*|file:\/[^}]+|keychain:[A-Za-z0-9][A-Za-z0-9._-]{0,63})\}$/;
/** A reference, such as `${env:NAME}` (see secrets.ts), never the secret itself. */
const Secret = z.string().regex(secretReference, {
  error: 'must be a reference: "${env:NAME}", "${file:/path}" or "${keychain:NAME}"',
});

const isIssuer = (value: string): boolean => isPlainAddress(value) && URL.canParse(value);
const isOrigin = (value: string): boolean => isIssuer(value) && new URL(value).origin === value;
const Issuer = z.string().refine(isIssuer, { error: "is not the https: address of an issuer" });

/** A service account: tokens by client credentials from an OpenID provider. */
const ServiceAuth = z.strictObject({
  type: z.literal("oidc"),
  issuer: Issuer.describe(
    "The OpenID provider, exactly as it names itself. For Keycloak `https://HOST/realms/REALM`, before 17 `/auth/realms/REALM`.",
  ),
  clientId: Text.describe("The service account."),
  method: z.enum(clientAuthMethods).default("client_secret_basic").describe("How it shows itself."),
  secret: Secret.describe(
    "A reference to its secret; for `private_key_jwt` to its private key, as PEM or JWK.",
  ),
  algorithm: z
    .string()
    .regex(/^(RS|PS|ES)(256|384|512)$|^EdDSA$/)
    .exactOptional()
    .describe("For `private_key_jwt`. Default: that of a JWK, else the usual one of its kind."),
  keyId: Text.exactOptional().describe("For `private_key_jwt`."),
  scope: Text.exactOptional().describe("Of its tokens."),
  audience: Text.exactOptional().describe("Of its tokens."),
  resource: Text.exactOptional().describe("What its tokens are for (RFC 8707)."),
  endpointOrigin: z
    .string()
    .refine(isOrigin, { error: "is not an origin, such as https://id.example" })
    .exactOptional()
    .describe("An origin beside the issuer's at which its endpoints may be."),
});
export type ServiceAuth = z.infer<typeof ServiceAuth>;

/** A person who signs in: `sitrep login`. What is left out the server says itself. */
const PersonAuth = z
  .strictObject({
    type: z.literal("login"),
    issuer: Issuer.exactOptional().describe(
      "Who signs people in, exactly as it names itself. Default: as the server says.",
    ),
    clientId: Text.exactOptional().describe(
      "The client's id, or the `https:` address of its metadata document. Default: one is registered.",
    ),
    secret: Secret.exactOptional().describe(
      "A reference to the secret of a client that has one; it goes to `issuer` alone.",
    ),
    scope: Text.exactOptional().describe("What the tokens are for."),
    audience: Text.exactOptional().describe("Whom the tokens are for."),
  })
  .refine(({ secret, issuer, clientId }) => !secret || (issuer && clientId), {
    error: "a client's secret needs the issuer and the clientId that it belongs to",
  });
export type PersonAuth = z.infer<typeof PersonAuth>;

const SourceAuth = z.discriminatedUnion("type", [
  ServiceAuth,
  PersonAuth,
  z.strictObject({
    type: z.literal("bearer"),
    secret: Secret.describe("A reference to the secret."),
  }),
  z.strictObject({
    type: z.literal("header"),
    header: z
      .string()
      .regex(/^[A-Za-z0-9-]{1,64}$/, { error: "is not the name of a header" })
      .describe("The header's name."),
    secret: Secret.describe("A reference to the secret."),
  }),
]);

const Call = z.strictObject({
  tool: Text.describe("The tool to call."),
  arguments: z
    .record(z.string(), z.unknown())
    .exactOptional()
    .describe("Its arguments; they may name `${project.path}` and the like."),
  tasks: Text.exactOptional().describe("JSONata that selects the list of tasks."),
  task: Text.exactOptional().describe("JSONata that makes our fields of one item."),
  total: Text.exactOptional().describe("JSONata for how many tasks there are."),
  cursor: Text.exactOptional().describe(
    "JSONata for the cursor of the next page, passed on as `${cursor?}`.",
  ),
  text: z
    .strictObject({ line: Text, heading: Text.exactOptional(), none: Text.exactOptional() })
    .exactOptional()
    .describe(
      "For an answer in prose: patterns of a task's line, of a heading, and of what says that there is none.",
    ),
  priorityScale: z
    .enum(["one-highest", "zero-highest", "highest-last"])
    .exactOptional()
    .describe("Which end of a scale of numbers is the most pressing."),
});

const MappingConfig: z.ZodType<Mapping> = z.strictObject({
  list: Call.extend({ items: Text.exactOptional(), each: Call.exactOptional() }),
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

export const sourceName: RegExp = /^[a-z0-9][a-z0-9._-]{0,39}$/;

export const callLimits = {
  timeoutSeconds: { least: 0.1, most: 600 },
  retries: { least: 0, most: 10 },
} as const;

const fields = z.strictObject({
  name: z
    .string()
    .regex(sourceName, {
      error: "must be of small letters, digits, dots, dashes and underscores, at most 40",
    })
    .describe("Its name in briefs and commands."),
  type: z.enum(sourceTypes).describe("What it speaks."),
  enabled: z.boolean().default(true).describe("False: it is not asked."),
  fallback: z
    .boolean()
    .default(false)
    .describe("True: it is shown only while every other source fails."),
  projects: z
    .array(Text)
    .exactOptional()
    .describe("Only for these projects: absolute paths or names of folders. All without it."),
  url: Url.exactOptional().describe("Its address."),
  transport: z
    .enum(mcpTransports)
    .exactOptional()
    .describe("Default: `stdio` with a command, `websocket` with a `ws:` address, else `http`."),
  command: Text.exactOptional().describe("A program on this machine, in place of an address."),
  args: z.array(z.string()).default([]).describe("The program's arguments."),
  env: z
    .record(z.string(), z.string())
    .default({})
    .describe("The program's variables; a secret is a reference."),
  cwd: Text.exactOptional().describe(
    "Where the program runs. Default: the project's folder for a source that names the project by its path, else the state folder.",
  ),
  preset: Text.exactOptional().describe("The preset of an MCP server."),
  mapping: MappingConfig.exactOptional().describe("A mapping, in place of a preset."),
  with: z
    .record(z.string(), z.string())
    .default({})
    .describe("What a preset or mapping names; settings of a REST service."),
  auth: SourceAuth.exactOptional().describe("How to sign in."),
  timeoutSeconds: z
    .number()
    .min(callLimits.timeoutSeconds.least)
    .max(callLimits.timeoutSeconds.most)
    .exactOptional()
    .describe("For one call of the server. Connecting to it may take as long, and 10 at least."),
  retries: z
    .number()
    .int()
    .min(callLimits.retries.least)
    .max(callLimits.retries.most)
    .exactOptional()
    .describe("Repetitions of a read that failed. Default: 3."),
  maxAnswerMiB: z
    .number()
    .min(0.01)
    .max(mostAnswerMiB)
    .exactOptional()
    .describe("The largest answer that is read. Default: 1."),
});
export type SourceConfig = z.infer<typeof fields>;

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

const ofMcp = ["preset", "mapping"] as const;
const ofRest = [...ofMcp, "transport"] as const;
/** What a type or a program has no use for. Kept, it would be ignored without a word. */
const useless = {
  mcp: [],
  "manage-task": ofMcp,
  "task-tracking": ofRest,
  tickets: ofRest,
  embedded: [...ofRest, "auth", "timeoutSeconds", "retries", "maxAnswerMiB"],
} as const;

const isGiven = (value: unknown): boolean =>
  typeof value === "object" && value !== null ? Object.keys(value).length > 0 : value !== undefined;

function unused(source: SourceConfig): [path: string, what: string] | null {
  const { type, command } = source;
  const ofType = useless[type].find((field) => isGiven(source[field]));
  if (ofType !== undefined) return [ofType, `a source of the type "${type}" does not use it`];
  if (command !== undefined) {
    return isGiven(source.auth) ? ["auth", 'a "command" is given its secrets by "env"'] : null;
  }
  const ofProgram = (["args", "env", "cwd"] as const).find((field) => isGiven(source[field]));
  return ofProgram === undefined ? null : [ofProgram, 'is for a "command", and there is none'];
}

export const SourceConfig: z.ZodType<SourceConfig> = fields.superRefine((source, context) => {
  const wrong = mismatch(source) ?? unused(source);
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
