// What a configured source signs in with: secrets by their references, and the tokens of service accounts.

import { createServiceTokens } from "./auth/service-tokens.ts";
import type { ServiceTokens } from "./auth/service-tokens.ts";
import type { Environment, StateFiles } from "../config/folders.ts";
import type { Config } from "../config/schema.ts";
import { isReference, resolveSecret } from "../config/secrets.ts";
import { insecureBecause, originOf, secretOriginOf } from "../config/source-address.ts";
import type { ServiceAuth, SourceConfig } from "../config/source-config.ts";
import type { HeaderSource } from "../http/header-source.ts";
import type { TakePermit } from "../http/policy-settings.ts";
import { requireCheckedTls } from "../http/header-source.ts";
import { personTokensOf } from "./auth/person.ts";

/** What opening a source needs to know of the machine it is opened on. */
export interface SourceContext {
  /** The environment of a command that a person typed; null in the monitor. */
  env: Environment | null;
  secrets: string;
  /** The folder of the tokens. */
  tokens: string;
  /** The folder of people's sign-ins; null: as if nobody had signed in. */
  signIns: string | null;
  /** Before its end. Milliseconds. */
  renewTokensBeforeMs: number;
  allowInsecureHosts: readonly string[];
  requestsPerMinute: number;
  takePermit: TakePermit | null;
  /** Of a person who may give up: ends connecting too. */
  signal?: AbortSignal;
}

export const sourceContextOf = (
  files: Pick<StateFiles, "secrets" | "tokens" | "signIns">,
  config: Config,
  env: Environment | null,
  takePermit: TakePermit | null,
): SourceContext => ({
  env,
  secrets: files.secrets,
  tokens: files.tokens,
  signIns: files.signIns,
  renewTokensBeforeMs: config.tokens.renewBeforeSeconds * 1000,
  allowInsecureHosts: config.allowInsecureHosts,
  requestsPerMinute: config.requestsPerMinute,
  takePermit,
});

/** Every value that is a reference to a secret, resolved for this source's server; others as they are. */
export function secretIn(config: SourceConfig, context: SourceContext, value: string): string {
  if (!isReference(value)) return value;
  const use = { source: config.name, origin: originOf(config), reference: value };
  return resolveSecret(context.secrets, use, context.env);
}

/** The secret of the sign-in, for the only origin that it may go to. */
function ownSecret(config: SourceConfig, context: SourceContext, reference: string): string {
  const use = { source: config.name, origin: secretOriginOf(config), reference };
  return resolveSecret(context.secrets, use, context.env);
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
    secret: () => ownSecret(config, context, auth.secret),
    origin: originOf(config),
  });
}

/** Forgets the tokens of a service account; those of a person are the affair of `logOut`. */
export async function forgetTokens(config: SourceConfig, context: SourceContext): Promise<void> {
  if (config.auth?.type !== "oidc") return;
  const { key, tokenStore } = serviceTokens(config, config.auth, context);
  await tokenStore.forget(key);
}

/**
 * The headers of requests to a source: the sign-in, and the principal of a ticket service. Throws `secret-missing`,
 * `secret-unsafe`, `tls-off`, and for a service account what its tokens throw.
 */
export function headersOf(config: SourceConfig, context: SourceContext): HeaderSource {
  const { auth } = config;
  const fixed: Record<string, string> = {};
  if (config.type === "tickets") {
    const { userId, organizationId } = config.with;
    if (userId !== undefined) fixed["x-user-id"] = userId;
    if (organizationId !== undefined) fixed["x-organization-id"] = organizationId;
  }
  if (auth === undefined || auth.type === "login") {
    const tokens = personTokensOf(config, context);
    if (tokens === null) return async () => fixed;
    return async (moment) => {
      const token = await tokens(moment);
      if (token === null) return fixed;
      requireCheckedTls();
      return { ...fixed, authorization: `Bearer ${token.value}` };
    };
  }
  if (auth.type === "oidc") {
    const tokens = serviceTokens(config, auth, context);
    return async (moment) => {
      requireCheckedTls();
      const { value } = await tokens.getToken(moment);
      return { ...fixed, authorization: `Bearer ${value}` };
    };
  }
  return async () => {
    requireCheckedTls();
    const secret = ownSecret(config, context, auth.secret);
    const [header, value] =
      auth.type === "bearer" ? ["authorization", `Bearer ${secret}`] : [auth.header, secret];
    return { ...fixed, [header]: value };
  };
}

/** Throws before a call what no repetition would mend: a sign-in that is not to be had. */
export async function requireSignIn(config: SourceConfig, context: SourceContext): Promise<void> {
  await headersOf(config, context)({ isAfterRefusal: false });
  for (const value of Object.values(config.env)) secretIn(config, context, value);
}
