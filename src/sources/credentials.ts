import { createServiceTokens, type ServiceTokens } from "./auth/service-tokens.ts";
import type { Environment, StateFiles } from "../config/folders.ts";
import type { Config } from "../config/schema.ts";
import { pickNetwork, trustedEnvironment } from "../config/installation.ts";
import { isReference, resolveSecret, signInSecret } from "../config/secrets.ts";
import { readServerKey } from "../config/server-keys.ts";
import { insecureBecause, sourceOrigin } from "../config/source-address.ts";
import { defined } from "../core/read.ts";
import type { ServiceAuth } from "../config/source/auth.ts";
import type { SourceConfig } from "../config/source-config.ts";
import type { TakePermit } from "../http/policy-settings.ts";
import { requireCheckedTls } from "../http/checked-tls.ts";
import type { HeaderSource } from "../http/header-source.ts";
import { programToken, parseTokenProgram } from "./tracker-token.ts";
import { parseClaims, type TokenProvider } from "./auth/tokens.ts";
import { personTokens, readPerson as personOf, type SignInContext } from "./auth/person.ts";

export interface SourceContext extends SignInContext {
  readonly serverKeys: string | null;
  /** The state folder: programs of all projects start there. */
  readonly state: string;
  /** The installation's record. */
  readonly installation: string;
  /** The project's folder. Programs in it are not run for a token. */
  readonly project?: string;
  readonly requestsPerMinute: number;
  readonly takePermit: TakePermit | null;
  /** Network variables, so that a program reaches servers as the person's other programs do. */
  readonly network: () => Readonly<Record<string, string>>;
  /** Aborted when the person gives up; also stops connecting. */
  readonly signal?: AbortSignal;
}

type ContextFiles = Pick<
  StateFiles,
  "state" | "secrets" | "tokens" | "signIns" | "serverKeys" | "installation"
>;

export const createSourceContext = (
  files: ContextFiles,
  { tokens, allowInsecureHosts, requestsPerMinute }: Config,
  env: Environment | null,
  takePermit: TakePermit | null,
): SourceContext => ({
  ...files,
  env,
  renewTokensBeforeMs: tokens.renewBeforeSeconds * 1000,
  allowInsecureHosts,
  requestsPerMinute,
  takePermit,
  network: () => pickNetwork(trustedEnvironment(env, files.installation)),
});

/** The value, resolved for this source's server if it is a reference to a secret. */
export function resolveValue(config: SourceConfig, context: SourceContext, value: string): string {
  if (!isReference(value)) return value;
  const { secrets, env, forgetsSecrets: isPassing } = context;
  const use = { source: config.name, origin: sourceOrigin(config), reference: value, isPassing };
  return resolveSecret(secrets, use, env);
}

function serviceTokens(
  config: SourceConfig,
  auth: ServiceAuth,
  context: SourceContext,
): ServiceTokens {
  const { issuer, endpointOrigin = null } = auth;
  return createServiceTokens({
    folder: context.tokens,
    renewBeforeMs: context.renewTokensBeforeMs,
    place: {
      issuer,
      endpointOrigin,
      whyInsecure: (url) => insecureBecause(url, context.allowInsecureHosts),
    },
    account: auth,
    secret: () => signInSecret(config, context, auth.secret),
    origin: sourceOrigin(config),
  });
}

/** Forgets the tokens of a service account. `logOut` forgets those of a person. */
export async function forgetTokens(config: SourceConfig, context: SourceContext): Promise<void> {
  if (config.auth?.type !== "oidc") return;
  const { key, tokenStore } = serviceTokens(config, config.auth, context);
  await tokenStore.forget(key);
}

/** The subject of a source's responses: the configured user or account, or the person who is signed in. */
export const readSubject = (
  config: SourceConfig,
  context: Pick<SourceContext, "signIns">,
): string => {
  if (config.with["userId"] !== undefined) return config.with["userId"];
  return config.auth?.type === "oidc" ? config.auth.clientId : personOf(config, context);
};

const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });

/** The headers of a token. No token is asked for while certificates are not checked. Throws `tls-off`. */
export const tokenHeaders =
  (tokens: TokenProvider): HeaderSource =>
  async (moment) => {
    requireCheckedTls();
    return bearer((await tokens.getToken(moment)).value);
  };

/** The key of the person's own server, if the source is that server and has no `auth`. */
function ownKeyHeaders({ auth, url }: SourceConfig, { serverKeys }: SourceContext) {
  if (auth !== undefined || url === undefined || serverKeys === null) return {};
  const key = readServerKey(serverKeys, url);
  return key === null ? {} : bearer(key);
}

const runPlaceOf = (config: SourceConfig, context: SourceContext) => ({
  source: config.name,
  folder: context.state,
  env: trustedEnvironment(context.env, context.installation),
  project: context.project ?? "",
});

type SecretAuth = Extract<SourceConfig["auth"], { type: "bearer" | "header" | "basic" }>;

function headersWith(auth: SecretAuth, secret: string): Record<string, string> {
  if (auth.type === "bearer") return bearer(secret);
  if (auth.type === "basic") {
    return { authorization: `Basic ${Buffer.from(`${auth.user}:${secret}`).toString("base64")}` };
  }
  return { [auth.header]: auth.scheme === undefined ? secret : `${auth.scheme} ${secret}` };
}

function signInOf(config: SourceConfig, context: SourceContext): HeaderSource {
  const { auth } = config;
  if (auth === undefined || auth.type === "login") {
    const tokens = personTokens(config, context);
    return async (moment) => {
      const token = (await tokens?.(moment)) ?? null;
      return token === null ? ownKeyHeaders(config, context) : bearer(token.value);
    };
  }
  if (auth.type === "oidc") return tokenHeaders(serviceTokens(config, auth, context));
  const program = parseTokenProgram(auth.secret);
  return async ({ isAfterRefusal }) =>
    headersWith(
      auth,
      program === null
        ? signInSecret(config, context, auth.secret)
        : await programToken(program, runPlaceOf(config, context), isAfterRefusal),
    );
}

/** Gives no secret while certificates are not checked: throws `tls-off`. */
export const withCheckedTls =
  (signIn: HeaderSource): HeaderSource =>
  async (moment) => {
    const headers = await signIn(moment);
    if (Object.keys(headers).length > 0) requireCheckedTls();
    return headers;
  };

/** A header value is bytes: a name that is not ASCII would arrive changed. */
const sendable = (name: unknown): string | undefined =>
  typeof name === "string" && /^[\x21-\x7e]+$/.test(name) ? name : undefined;

/** The sign-in; for a ticket service also headers that name the caller, as configured or by the token's claims. */
export function withPrincipalHeaders(
  { type, with: set }: SourceConfig,
  signIn: HeaderSource,
): HeaderSource {
  if (type !== "tickets") return signIn;
  return async (moment) => {
    const headers = await signIn(moment);
    const claims = parseClaims(headers["authorization"] ?? "");
    const user = set["userId"] ?? sendable(claims?.["sub"] ?? claims?.["user_id"]);
    const organization =
      set["organizationId"] ?? sendable(claims?.["organization_id"] ?? claims?.["org_id"]);
    return { ...defined({ "x-user-id": user, "x-organization-id": organization }), ...headers };
  };
}

/** The sign-in with the headers of a mapping, whose secrets are resolved here. */
function withMapped(config: SourceConfig, context: SourceContext): HeaderSource {
  const { mapping } = config;
  const named = Object.entries((mapping && "headers" in mapping && mapping.headers) || {});
  const plain = Object.fromEntries(named.filter(([, value]) => !isReference(value)));
  const signIn = signInOf(config, context);
  const secret = withCheckedTls(async (moment) => ({
    ...Object.fromEntries(
      named
        .filter(([, value]) => isReference(value))
        .map(([name, value]) => [name, resolveValue(config, context, value)]),
    ),
    ...(await signIn(moment)),
  }));
  return async (moment) => ({ ...plain, ...(await secret(moment)) });
}

/** Throws `secret-missing`, `secret-unsafe`, `tls-off`, and for a service account what its tokens throw. */
export const createHeaders = (config: SourceConfig, context: SourceContext): HeaderSource =>
  withPrincipalHeaders(config, withMapped(config, context));

/** Throws `secret-missing`, `secret-unsafe`. Asks for no token. */
export function requireSecrets(config: SourceConfig, context: SourceContext): void {
  const { auth, env } = config;
  if (
    auth !== undefined &&
    auth.type !== "oidc" &&
    auth.type !== "login" &&
    isReference(auth.secret)
  )
    signInSecret(config, context, auth.secret);
  for (const value of Object.values(env)) resolveValue(config, context, value);
}
