// What a configured source means for a client of the library: its address, its sign-in and its times.

import { createPersonTokens } from "../sources/auth/person.ts";
import { openSignInRecords } from "../sources/auth/login/sign-in-record.ts";
import { machineClock } from "../sources/auth/machine-clock.ts";
import { createServiceTokens } from "../sources/auth/service-tokens.ts";
import type { TokenProvider } from "../sources/auth/tokens.ts";
import { createTokenStore } from "../sources/auth/token-store.ts";
import type { Environment } from "../config/folders.ts";
import type { Config } from "../config/schema.ts";
import { isReference, resolveSecret } from "../config/secrets.ts";
import { insecureBecause, originOf, secretOriginOf } from "../config/source-address.ts";
import type { SourceConfig } from "../config/source-config.ts";
import { SitrepError } from "../core/errors.ts";
import type { PolicySettings } from "../http/policy-settings.ts";
import type { TaskServerAddress } from "./task-backend.ts";

export interface SecretPlace {
  /** The folder with the records of secrets. */
  secrets: string;
  /** The folder with the records of tokens. */
  tokens: string;
  /** The folder of people's sign-ins. */
  signIns: string;
  /** Variables that hold secrets; what is found is kept for that origin alone. */
  env: Environment;
}

/** What of the configuration concerns tokens. */
type TokenSettings = Pick<Config, "tokens" | "allowInsecureHosts">;

/** The tokens of the person who has signed in with `sitrep login`; null where none is needed and nobody has. */
function personTokens(
  config: SourceConfig,
  place: SecretPlace,
  settings: TokenSettings,
): TokenProvider | null {
  const { name, url, auth } = config;
  if (url === undefined) return null;
  const records = openSignInRecords(place.signIns);
  if (auth === undefined && (records.get(name, originOf(config))?.person ?? null) === null) {
    return null;
  }
  const reference = auth?.secret;
  const origin = secretOriginOf(config);
  const tokens = createPersonTokens({
    name,
    url,
    records,
    tokenStore: createTokenStore({
      folder: place.tokens,
      clock: machineClock,
      renewBeforeMs: settings.tokens.renewBeforeSeconds * 1000,
    }),
    whyInsecure: (address) => insecureBecause(address, settings.allowInsecureHosts),
    clientSecret: () =>
      reference === undefined
        ? null
        : resolveSecret(place.secrets, { source: name, origin, reference }, place.env),
    isRequired: true,
  });
  return {
    getToken: async (moment = { isAfterRefusal: false }) => {
      const token = await tokens(moment);
      if (token !== null) return token;
      throw new SitrepError("source-refused", `${name}: sign-in needed.`);
    },
  };
}

function signInOf(
  config: SourceConfig,
  place: SecretPlace,
  settings: TokenSettings,
): Partial<TaskServerAddress> {
  const { auth, with: delivered } = config;
  const resolved = (reference: string): string =>
    resolveSecret(
      place.secrets,
      { source: config.name, origin: originOf(config), reference },
      place.env,
    );
  const headers: Record<string, string> = {};
  if (config.type === "tickets") {
    if (delivered["userId"] !== undefined) headers["x-user-id"] = delivered["userId"];
    if (delivered["organizationId"] !== undefined)
      headers["x-organization-id"] = delivered["organizationId"];
  }
  const env = Object.fromEntries(
    Object.entries(config.env).map(([name, value]) => [
      name,
      isReference(value) ? resolved(value) : value,
    ]),
  );
  if (auth === undefined || auth.type === "login") {
    const tokens = personTokens(config, place, settings);
    return tokens === null ? { headers, env } : { headers, env, tokens };
  }
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
