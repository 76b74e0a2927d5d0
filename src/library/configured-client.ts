// What a configured source means for a client of the library: its address, its sign-in and its times.

import type { Environment } from "../config/folders.ts";
import { resolveSecret } from "../config/secrets.ts";
import { originOf } from "../config/source-config.ts";
import type { SourceConfig } from "../config/source-config.ts";
import { SitrepError } from "../core/errors.ts";
import type { PolicySettings } from "../resilience/policy.ts";
import type { TaskServerAddress } from "./task-backend.ts";

export interface SecretPlace {
  /** The folder with the records of secrets. */
  secrets: string;
  /** Variables that hold secrets; what is found is kept for that origin alone. */
  env: Environment;
}

const isReference = (value: string): boolean => /^\$\{(env|file):/.test(value);

function signInOf(config: SourceConfig, place: SecretPlace): Partial<TaskServerAddress> {
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
  requestsPerMinute: number,
): TaskServerAddress {
  const { name, type, url, transport, command, args, cwd, preset, mapping, timeoutSeconds } =
    config;
  if (type === "embedded") {
    throw new SitrepError("config-invalid", `${name} is the embedded store, not a server.`, {
      hint: "Use openTaskStore.",
    });
  }
  return {
    ...signInOf(config, place),
    name,
    type,
    settings: config.with,
    policy: policyOf(config, requestsPerMinute),
    ...(url === undefined ? {} : { url }),
    ...(command === undefined ? {} : { command, args }),
    ...(transport === undefined || transport === "stdio" ? {} : { transport }),
    ...(cwd === undefined ? {} : { cwd }),
    ...(preset === undefined ? {} : { preset }),
    ...(mapping === undefined ? {} : { mapping }),
    ...(timeoutSeconds === undefined ? {} : { requestTimeoutMs: timeoutSeconds * 1000 }),
  };
}
