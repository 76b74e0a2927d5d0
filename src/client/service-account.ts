// Signs a program in as a service account. This machine's commands and monitor share its tokens.

import { homedir } from "node:os";
import { findIssuer } from "../sources/auth/issuer/metadata.ts";
import { createServiceTokens, type ServiceTokens } from "../sources/auth/service-tokens.ts";
import { parseClaims, type AccessToken, type TokenProvider } from "../sources/auth/tokens.ts";
import { defaultClockToleranceSeconds, defaultRenewBeforeMs } from "../core/token-times.ts";
import { readEnvironmentAccount } from "../config/environment-account.ts";
import { requireOwnFolder } from "../state/files/own-folder.ts";
import { findFolders, stateFiles, type Environment } from "../config/folders.ts";
import { insecureBecause } from "../config/source-address.ts";
import { SitrepError } from "../core/errors.ts";
import type { ClientAuthMethod } from "../core/ports.ts";
import { SourceError } from "../core/source-error.ts";
import { requireCheckedTls } from "../http/checked-tls.ts";
import { readOwnFile } from "../state/files/read-small-file.ts";
import { checkOptions, ownOption, requireAddress } from "./option-checks.ts";

export interface ServiceAccountOptions {
  /** The task server's address. Tokens are only for its origin. */
  server: string;
  /** The provider's exact issuer. Default: `OIDC_ISSUER`, or Keycloak's from `KEYCLOAK_URL` and `KEYCLOAK_REALM`. */
  issuer?: string;
  /** Default: `OIDC_CLIENT_ID` or `KEYCLOAK_CLIENT_ID`. */
  clientId?: string;
  /** Default: `OIDC_CLIENT_SECRET` or `KEYCLOAK_CLIENT_SECRET`, or the file in the same variable with `_FILE` added. */
  secret?: string | (() => string);
  /** Default `client_secret_basic`; for `private_key_jwt` the secret is the private key, as PEM or JWK. */
  method?: ClientAuthMethod;
  scope?: string;
  audience?: string;
  /** The resource indicator of RFC 8707. */
  resource?: string;
  /** A second origin that the issuer's endpoints may have. */
  endpointOrigin?: string;
  /** The folder of token records (0700). Default: Sitrep's, so that all programs share one token. */
  folder?: string;
  /** How long before expiry a token is renewed. Default 60,000 ms, but never before 80% of its lifetime has passed. */
  renewBeforeMs?: number;
  /** For `validateToken`: how far the issuer's clock may differ from ours. Default 5, as for `sitrep serve`; at most 600. */
  clockToleranceSeconds?: number;
  allowInsecureHosts?: readonly string[];
  /** Default: the environment of the process. */
  env?: Environment;
}

/** Can be a client's `tokens`. Every method may throw what `getToken` throws. */
export interface ServiceAccount extends TokenProvider, AsyncDisposable {
  readonly issuer: string;
  readonly clientId: string;
  /** Signs in, unless a valid token is stored. */
  authenticate(): Promise<AccessToken>;
  /** Returns the issuer's user info, else the token's claims, else null. */
  getServiceInfo(): Promise<Readonly<Record<string, unknown>> | null>;
  /** The remaining lifetime of the stored token: null without a token, negative after it expired. */
  getSecondsUntilExpiry(): Promise<number | null>;
  /** Headers for your own request to the task server. Throws `usage` for an address at another origin. */
  getAuthHeaders(url: string): Promise<{ authorization: string }>;
  /** The claims of a token, if the issuer signed it, for `audience` if given. Throws `source-refused`. */
  validateToken(token: string, audience?: string): Promise<Readonly<Record<string, unknown>>>;
  /** Removes the stored token but does not revoke it at the issuer, because such tokens are short-lived. */
  forget(): Promise<boolean>;
}

const askMs = 10_000;

/** Reads the secret that `${env:NAME}` or `${file:/path}` refers to. The secret is not kept. */
function read(reference: string, env: Environment): string {
  const [, kind, place = ""] = /^\$\{(env|file):(.+)\}$/.exec(reference) ?? [];
  const secret = (kind === "file" ? readOwnFile(place) : env[place])?.trim() ?? "";
  if (secret !== "") return secret;
  throw new SitrepError("secret-missing", `${place} has no secret.`);
}

/** Takes the account from the options, else from the environment. Throws `config-invalid`. */
function settle(options: ServiceAccountOptions, env: Environment) {
  const named = options.issuer === undefined ? readEnvironmentAccount(env) : null;
  const { issuer = named?.auth.issuer, clientId = named?.auth.clientId } = options;
  const secret = options.secret ?? named?.auth.secret;
  if (issuer === undefined || clientId === undefined || secret === undefined) {
    const what = "createServiceAccount: The service account lacks an issuer, id or secret.";
    const hint =
      "Pass issuer, clientId and secret, or set OIDC_ISSUER, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET.";
    throw new SitrepError("config-invalid", what, { hint });
  }
  const auth = { ...named?.auth, ...options };
  const { scope, audience, resource, method = "client_secret_basic" } = auth;
  const others = named?.otherIssuer === undefined ? [] : [named.otherIssuer];
  return {
    account: { clientId, method, scope, audience, resource },
    issuers: [issuer, ...others] as const,
    secret: (): string => {
      if (typeof options.secret === "function") return options.secret();
      return options.secret ?? read(secret as string, env);
    },
  };
}

/** Opens the account's tokens and prepares requests to its issuer. Contacts nothing before the first call. */
function openAccount(options: ServiceAccountOptions, env: Environment, origin: string) {
  const { allowInsecureHosts = [], endpointOrigin = null } = options;
  const { account, issuers, secret } = settle(options, env);
  const whyInsecure = (url: string): string | null =>
    insecureBecause(url, allowInsecureHosts, ownOption);
  for (const issuer of issuers) {
    requireAddress("createServiceAccount: issuer", issuer, allowInsecureHosts);
  }
  const { state } = findFolders(env, process.platform, homedir());
  requireOwnFolder(options.folder ?? state);
  const { folder = stateFiles(state).tokens, renewBeforeMs = defaultRenewBeforeMs } = options;
  let opening: Promise<ServiceTokens> | null = null;
  const open = async (): Promise<ServiceTokens> => {
    const issuer = issuers.length === 1 ? issuers[0] : await findIssuer(issuers, whyInsecure);
    const place = { issuer, endpointOrigin, whyInsecure };
    return createServiceTokens({ folder, renewBeforeMs, place, account, secret, origin });
  };
  const tokens = (): Promise<ServiceTokens> => (opening ??= open());
  return {
    issuer: issuers[0],
    clientId: account.clientId,
    tokens,
    atIssuer: async () => ({
      place: { issuer: (await tokens()).key.issuer, endpointOrigin, whyInsecure },
      settings: { ...account, secret: secret() },
      signal: AbortSignal.timeout(askMs),
    }),
    close: async (): Promise<void> => void (await opening?.catch(() => undefined)),
  };
}

/** Creates a service account. It contacts nothing before the first call. Throws `config-invalid`. */
export function createServiceAccount(options: ServiceAccountOptions): ServiceAccount {
  checkOptions("createServiceAccount", options);
  const { env = process.env, server, allowInsecureHosts } = options;
  const { clockToleranceSeconds = defaultClockToleranceSeconds } = options;
  const { origin } = requireAddress("createServiceAccount: server", server, allowInsecureHosts);
  const { issuer, clientId, tokens, atIssuer, close } = openAccount(options, env, origin);
  const getToken: TokenProvider["getToken"] = async (moment) => (await tokens()).getToken(moment);
  return {
    issuer,
    clientId,
    subject: clientId,
    getToken,
    authenticate: () => getToken(),
    getServiceInfo: async () => {
      const { value } = await getToken();
      const { readUserInfo } = await import("../sources/auth/service-account.ts");
      const { place, settings, signal } = await atIssuer();
      try {
        return (await readUserInfo(place, settings, value, signal)) ?? parseClaims(value);
      } catch (error) {
        // Many issuers have user info only for people.
        if (error instanceof SourceError && error.code === "source-refused")
          return parseClaims(value);
        throw error;
      }
    },
    getSecondsUntilExpiry: async () => {
      const { key, tokenStore } = await tokens();
      return (await tokenStore.get(key))?.expiresInSeconds ?? null;
    },
    getAuthHeaders: async (url) => {
      requireCheckedTls(env);
      if (URL.parse(url)?.origin !== origin) {
        const what = `getAuthHeaders: url: the tokens are for ${origin} and no other origin.`;
        throw new SitrepError("usage", what);
      }
      return { authorization: `Bearer ${(await getToken()).value}` };
    },
    validateToken: async (token, audience) => {
      const { validateToken } = await import("../sources/auth/service-account.ts");
      const { place, settings, signal } = await atIssuer();
      return validateToken(place, settings, { token, audience, clockToleranceSeconds }, signal);
    },
    forget: async () => {
      const { key, tokenStore } = await tokens();
      return tokenStore.forget(key);
    },
    [Symbol.asyncDispose]: close,
  };
}
