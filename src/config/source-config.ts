// A task source as it is configured, in config.json or in a project's `.sitrep.json`.

import * as z from "zod";
import { sourceTypes } from "../core/source-type.ts";
import type { SourceType } from "../core/source-type.ts";

export const mcpTransports = ["http", "sse", "websocket", "stdio"] as const;
export type McpTransport = (typeof mcpTransports)[number];

/** How to sign in. `secret` is a reference, such as `${env:NAME}` (see secrets.ts), never the secret itself. */
export interface StaticAuth {
  type: "bearer" | "header";
  /** The header's name, for `header`. */
  header?: string;
  secret: string;
}

export const clientAuthMethods = [
  "client_secret_basic",
  "client_secret_post",
  "private_key_jwt",
] as const;
export type ClientAuthMethod = (typeof clientAuthMethods)[number];

/** A service account: tokens by client credentials from an OpenID provider. */
export interface ServiceAuth {
  type: "oidc";
  /** Exactly as the provider names itself. For Keycloak `https://HOST/realms/REALM`, before 17 `/auth/realms/REALM`. */
  issuer: string;
  clientId: string;
  method: ClientAuthMethod;
  /** A reference to the client's secret; for `private_key_jwt` to its private key, as PEM (PKCS #8) or JWK. */
  secret: string;
  /** For `private_key_jwt`. Default: that of a JWK, else RS256. */
  algorithm?: string;
  /** For `private_key_jwt`. */
  keyId?: string;
  scope?: string;
  audience?: string;
  /** RFC 8707. */
  resource?: string;
  /** An origin beside the issuer's at which its endpoints may be. */
  endpointOrigin?: string;
}

/** A person who signs in: `sitrep login`. What is left out the server says itself. */
export interface PersonAuth {
  type: "login";
  /** Exactly as it names itself. */
  issuer?: string;
  /** The client's id, or the `https:` address of its metadata document. */
  clientId?: string;
  /** A reference to the secret of a client that has one; it goes to `issuer` alone. */
  secret?: string;
  scope?: string;
  audience?: string;
}

export type SourceAuth = StaticAuth | ServiceAuth | PersonAuth;

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

const text = z.string().min(1).max(10_000);
const call = {
  tool: text,
  arguments: z.record(z.string(), z.unknown()).exactOptional(),
  tasks: text.exactOptional(),
  task: text.exactOptional(),
  total: text.exactOptional(),
  cursor: text.exactOptional(),
  text: z
    .strictObject({ line: text, heading: text.exactOptional(), none: text.exactOptional() })
    .exactOptional(),
  priorityScale: z.enum(["one-highest", "zero-highest", "highest-last"]).exactOptional(),
};
const Call = z.strictObject(call);

const Mapping = z.strictObject({
  list: z.strictObject({ ...call, items: text.exactOptional(), each: Call.exactOptional() }),
  next: Call.exactOptional(),
  get: Call.exactOptional(),
  search: Call.exactOptional(),
  create: Call.exactOptional(),
  update: Call.exactOptional(),
  statusWords: z.record(z.string(), z.string()).exactOptional(),
});

const secretReference: RegExp =
  /^\$\{(?:env:[A-Za-z_][A-Za-z0-9_]*|file:\/[^}]+|keychain:[A-Za-z0-9][A-Za-z0-9._-]{0,63})\}$/;
const Secret = z.string().regex(secretReference, {
  error: 'must be a reference: "${env:NAME}", "${file:/path}" or "${keychain:NAME}"',
});

const isIssuer = (value: string): boolean =>
  /^https?:$/.test(protocolOf(value) ?? "") && !/[?#]/.test(value);
const isOrigin = (value: string): boolean => isIssuer(value) && new URL(value).origin === value;

const Auth: z.ZodType<SourceAuth> = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("oidc"),
    issuer: z.string().refine(isIssuer, { error: "is not the https: address of an issuer" }),
    clientId: text,
    method: z.enum(clientAuthMethods).default("client_secret_basic"),
    secret: Secret,
    algorithm: z
      .string()
      .regex(/^(RS|PS|ES)(256|384|512)$|^EdDSA$/)
      .exactOptional(),
    keyId: text.exactOptional(),
    scope: text.exactOptional(),
    audience: text.exactOptional(),
    resource: text.exactOptional(),
    endpointOrigin: z
      .string()
      .refine(isOrigin, { error: "is not an origin, such as https://id.example" })
      .exactOptional(),
  }),
  z
    .strictObject({
      type: z.literal("login"),
      issuer: z
        .string()
        .refine(isIssuer, { error: "is not the https: address of an issuer" })
        .exactOptional(),
      clientId: text.exactOptional(),
      secret: Secret.exactOptional(),
      scope: text.exactOptional(),
      audience: text.exactOptional(),
    })
    .refine(({ secret, issuer, clientId }) => !secret || (issuer && clientId), {
      error: "a client's secret needs the issuer and the clientId that it belongs to",
    }),
  z.strictObject({ type: z.literal("bearer"), secret: Secret }),
  z.strictObject({
    type: z.literal("header"),
    header: z.string().regex(/^[A-Za-z0-9-]{1,64}$/, { error: "is not the name of a header" }),
    secret: Secret,
  }),
]);

const Url = z.string().refine((value) => /^(https?|wss?):$/.test(protocolOf(value) ?? ""), {
  error: "is not an http:, https:, ws: or wss: address",
});

function protocolOf(address: string): string | null {
  return URL.canParse(address) ? new URL(address).protocol : null;
}

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
    projects: z.array(text).exactOptional(),
    url: Url.exactOptional(),
    transport: z.enum(mcpTransports).exactOptional(),
    command: text.exactOptional(),
    args: z.array(z.string()).default([]),
    env: z.record(z.string(), z.string()).default({}),
    cwd: text.exactOptional(),
    preset: text.exactOptional(),
    mapping: Mapping.exactOptional(),
    with: z.record(z.string(), z.string()).default({}),
    auth: Auth.exactOptional(),
    timeoutSeconds: z.number().min(0.1).max(600).exactOptional(),
    retries: z.number().int().min(0).max(10).exactOptional(),
  })
  .superRefine((source, context) => {
    const wrong = mismatch(source);
    if (wrong !== null) {
      context.addIssue({ code: "custom", path: [wrong[0]], message: wrong[1] });
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

/** What a source's answers and secrets are bound to: the server's origin, or the program. */
export function originOf(source: SourceConfig): string {
  if (source.url !== undefined) return new URL(source.url).origin;
  if (source.command !== undefined) {
    return `stdio:${JSON.stringify([source.command, ...source.args])}`;
  }
  return "embedded:";
}

const loopback = /^(localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** Why an address must not be contacted, or null. Without TLS only this machine, and hosts that the user names. */
export function insecureBecause(url: string, allowInsecureHosts: readonly string[]): string | null {
  const { protocol, hostname, username, password } = new URL(url);
  if (username !== "" || password !== "") return "an address must not hold a user or a password";
  if (protocol === "https:" || protocol === "wss:") return null;
  if (loopback.test(hostname) || allowInsecureHosts.includes(hostname)) return null;
  const line = JSON.stringify({ allowInsecureHosts: [...allowInsecureHosts, hostname] }).slice(
    1,
    -1,
  );
  return `${protocol}// sends everything in the clear; use TLS, or add to config.json: ${line}`;
}

/** As `insecureBecause`, for each address that a source is reached or signed in by: what it is, and why not. */
export function insecureAddress(
  { url, auth }: SourceConfig,
  allowInsecureHosts: readonly string[],
): { path: readonly string[]; why: string } | null {
  const addresses = [
    { path: ["url"], address: url },
    {
      path: ["auth", "issuer"],
      address: auth !== undefined && "issuer" in auth ? auth.issuer : undefined,
    },
    {
      path: ["auth", "endpointOrigin"],
      address: auth?.type === "oidc" ? auth.endpointOrigin : undefined,
    },
  ];
  for (const { path, address } of addresses) {
    const why = address === undefined ? null : insecureBecause(address, allowInsecureHosts);
    if (why !== null) return { path, why };
  }
  return null;
}

/** True where a person can sign in: for an address, and by nothing else. */
export const isForPeople = ({ url, auth }: SourceConfig): boolean =>
  url !== undefined && (auth === undefined || auth.type === "login");

/** Where alone the secret of a source's sign-in may be sent: a service account's to its issuer, others to the server. */
export const secretOriginOf = (source: SourceConfig): string =>
  source.auth !== undefined && "issuer" in source.auth && source.auth.issuer !== undefined
    ? new URL(source.auth.issuer).origin
    : originOf(source);
