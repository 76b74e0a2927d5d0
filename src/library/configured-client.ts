// What a configured source means for a client of the library: its address, its sign-in and its times.

import { createServiceTokens } from "../auth/service-tokens.ts";
import type { Environment } from "../config/folders.ts";
import { isReference, resolveSecret } from "../config/secrets.ts";
import type { Config } from "../config/schema.ts";
import { insecureBecause, originOf, secretOriginOf } from "../config/source-config.ts";
import type { SourceConfig } from "../config/source-config.ts";
import { SitrepError } from "../core/errors.ts";
import type { PolicySettings } from "../resilience/policy.ts";
import type { TaskServerAddress } from "./task-backend.ts";

export interface SecretPlace {
  /** The folder with the records of secrets. */
  secrets: string;
  /** The folder with the records of tokens. */
  tokens: string;
  /** Variables that hold secrets; what is found is kept for that origin alone. */
  env: Environment;
}

/** What of the configuration concerns tokens. */
type TokenSettings = Pick<Config, "tokens" | "allowInsecureHosts">;

function signInOf(
  config: SourceConfig,
  place: SecretPlace,
  settings: TokenSettings,
): Partial<TaskServerAddress> {
  const { auth, with: told } = config;
  const resolved = (reference: string): string =>
    resolveSecret(
      place.secrets,
      { source: config.name, origin: originOf(config), reference },
      place.env,
    );
  const headers: Record<string, string> = {};
  if (config.type === "tickets") {
    if (told["userId"] !== undefined) headers["x-user-id"] = told["userId"];
    if (told["organizationId"] !== undefined) headers["x-organization-id"] = told["organizationId"];
  }
  const env = Object.fromEntries(
    Object.entries(config.env).map(([name, value]) => [
      name,
      isReference(value) ? resolved(value) : value,
    ]),
  );
  if (auth === undefined) return { headers, env };
  if (auth.type === "oidc") {
    const { issuer, endpointOrigin = null } = auth;
    const use = { source: config.name, origin: secretOriginOf(config), reference: auth.secret };
    const tokens = createServiceTokens({
      folder: place.tokens,
      renewBeforeMs: settings.tokens.renewBeforeSeconds * 1000,
      place: {
        issuer,
        endpointOrigin,
        whyInsecure: (url) => insecureBecause(url, settings.allowInsecureHosts),
      },
      account: auth,
      secret: () => resolveSecret(place.secrets, use, place.env),
      origin: originOf(config),
    });
    return { headers, env, tokens };
  }
  const secret = resolved(auth.secret);
  if (auth.type === "header")
    return { headers: { ...headers, [auth.header ?? "x-api-key"]: secret }, env };
  // Asked for each time: a file may have got a new one since.
  const getToken = async () => ({ value: resolved(auth.secret), expiresAt: null });
  return { headers, env, tokens: { getToken } };
}

function policyOf(config: SourceConfig, requestsPerMinute: number): Partial<PolicySettings> {
  const tryTimeoutMs = config.timeoutSeconds === undefined ? null : config.timeoutSeconds * 1000;
  const delays = Array.from({ length: config.retries ?? 0 }, (_, at) => 100 * 2 ** at);
  return {
    requestsPerMinute,
    ...(tryTimeoutMs === null ? {} : { tryTimeoutMs, deadlineMs: Math.max(25_000, tryTimeoutMs) }),
    ...(config.retries === undefined ? {} : { retryDelaysMs: delays }),
  };
}

/** Throws `secret-missing`, `secret-unsafe`, and `config-invalid` for the embedded store, which has no server. */
export function addressOf(
  config: SourceConfig,
  place: SecretPlace,
  settings: TokenSettings & Pick<Config, "requestsPerMinute">,
): TaskServerAddress {
  const { name, type, url, transport, command, args, cwd, preset, mapping, timeoutSeconds } =
    config;
  if (type === "embedded") {
    throw new SitrepError("config-invalid", `${name} is the embedded store, not a server.`, {
      hint: "Use openTaskStore.",
    });
  }
  return {
    ...signInOf(config, place, settings),
    name,
    type,
    settings: config.with,
    policy: policyOf(config, settings.requestsPerMinute),
    ...(url === undefined ? {} : { url }),
    ...(command === undefined ? {} : { command, args }),
    ...(transport === undefined || transport === "stdio" ? {} : { transport }),
    ...(cwd === undefined ? {} : { cwd }),
    ...(preset === undefined ? {} : { preset }),
    ...(mapping === undefined ? {} : { mapping }),
    ...(timeoutSeconds === undefined ? {} : { requestTimeoutMs: timeoutSeconds * 1000 }),
  };
}
