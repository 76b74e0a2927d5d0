// A service account for programs that embed Sitrep: signs in at an OpenID provider with client credentials, and shares its
// tokens with the commands and the monitor of this machine.

import { homedir } from "node:os";
import { findIssuer } from "../sources/auth/issuer/metadata.ts";
import { createServiceTokens, type ServiceTokens } from "../sources/auth/service-tokens.ts";
import { claimsIn } from "../sources/auth/tokens.ts";
import type { AccessToken, TokenProvider } from "../sources/auth/tokens.ts";
import { usualClockToleranceSeconds, usualRenewBeforeMs } from "../core/token-times.ts";
import { serviceAccount } from "../config/environment-account.ts";
import { requireOwnFolder } from "../state/files/own-folder.ts";
import { findFolders, stateFiles, type Environment } from "../config/folders.ts";
import { insecureBecause } from "../config/source-address.ts";
import { SitrepError } from "../core/errors.ts";
import type { ClientAuthMethod } from "../core/ports.ts";
import { SourceError } from "../core/source-error.ts";
import { requireCheckedTls } from "../http/checked-tls.ts";
import { readOwnFile } from "../state/files/read-small-file.ts";
import { check, ownOption, requireAddress } from "./option-checks.ts";

export interface ServiceAccountOptions {
  /** The task server's address: tokens are for its origin and no other. */
  server: string;
  /** Exactly as the provider names itself. Default: `OIDC_ISSUER`, or Keycloak's by `KEYCLOAK_URL` and `KEYCLOAK_REALM`. */
  issuer?: string;
  /** Default: `OIDC_CLIENT_ID` or `KEYCLOAK_CLIENT_ID`. */
  clientId?: string;
  /** Default: `OIDC_CLIENT_SECRET` or `KEYCLOAK_CLIENT_SECRET`, or the file that the same name with `_FILE` names. */
  secret?: string | (() => string);
  /** Default `client_secret_basic`; for `private_key_jwt` the secret is the private key, as PEM or JWK. */
  method?: ClientAuthMethod;
  scope?: string;
  audience?: string;
  /** RFC 8707. */
  resource?: string;
  /** An origin beside the issuer's at which its endpoints may be. */
  endpointOrigin?: string;
  /** With the records of tokens (0700). Default: that of Sitrep, so that all share one token. */
  folder?: string;
  /** Before its end. Default 60,000 ms, not before 80 % of its life. */
  renewBeforeMs?: number;
  /** For `validateToken`: by which the issuer's clock may differ from ours. Default 5, as of `sitrep serve`; at most 600. */
  clockToleranceSeconds?: number;
  allowInsecureHosts?: readonly string[];
  /** Default: the environment of the process. */
  env?: Environment;
}

/** May be given as `tokens` to a client. Every method may throw what `getToken` throws. */
export interface ServiceAccount extends TokenProvider, AsyncDisposable {
  readonly issuer: string;
  readonly clientId: string;
  /** Signs in unless a token is kept that is good. */
  authenticate(): Promise<AccessToken>;
  /** What the issuer tells of the account, else what its token claims of it; null where neither says anything. */
  getServiceInfo(): Promise<Readonly<Record<string, unknown>> | null>;
  /** Of the token that is kept; null when there is none, negative when it has expired. */
  getSecondsUntilExpiry(): Promise<number | null>;
  /** For a request of one's own to the task server. Throws `usage` for an address at another origin. */
  getAuthHeaders(url: string): Promise<{ authorization: string }>;
  /**
   * The claims of a token that the issuer has signed, for `audience` where one is given; its end and its beginning count
   * within `clockToleranceSeconds`. Throws `source-refused`.
   */
  validateToken(token: string, audience?: string): Promise<Readonly<Record<string, unknown>>>;
  /** Forgets the token. The issuer hears nothing: such tokens are short-lived. */
  forget(): Promise<boolean>;
}

const askMs = 10_000;

/** What `${env:NAME}` or `${file:/path}` stands for now; nothing of it is kept. */
function read(reference: string, env: Environment): string {
  const [, kind, place = ""] = /^\$\{(env|file):(.+)\}$/.exec(reference) ?? [];
  const secret = (kind === "file" ? readOwnFile(place) : env[place])?.trim() ?? "";
  if (secret !== "") return secret;
  throw new SitrepError("secret-missing", `There is no secret in ${place}.`);
}

/** What was given, else what the environment names. Throws `config-invalid`. */
function settle(options: ServiceAccountOptions, env: Environment) {
  const named = options.issuer === undefined ? serviceAccount(env) : null;
  const { issuer = named?.auth.issuer, clientId = named?.auth.clientId } = options;
  const secret = options.secret ?? named?.auth.secret;
  if (issuer === undefined || clientId === undefined || secret === undefined) {
    throw new SitrepError(
      "config-invalid",
      "createServiceAccount: The service account lacks an issuer, id or secret.",
      {
        hint: "Give issuer, clientId and secret, or set OIDC_ISSUER, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET.",
      },
    );
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

/** Nothing is contacted before it is asked for something. Throws `config-invalid`. */
export function createServiceAccount(options: ServiceAccountOptions): ServiceAccount {
  const { env = process.env, allowInsecureHosts = [], endpointOrigin = null } = options;
  check("createServiceAccount", options);
  const { origin } = requireAddress(
    "createServiceAccount: server",
    options.server,
    allowInsecureHosts,
  );
  const { account, issuers, secret } = settle(options, env);
  const whyInsecure = (url: string): string | null =>
    insecureBecause(url, allowInsecureHosts, ownOption);
  for (const one of issuers)
    requireAddress("createServiceAccount: issuer", one, allowInsecureHosts);
  const { state } = findFolders(env, process.platform, homedir());
  requireOwnFolder(options.folder ?? state);
  const files = stateFiles(state);
  const { folder = files.tokens, renewBeforeMs = usualRenewBeforeMs } = options;
  const { clockToleranceSeconds = usualClockToleranceSeconds } = options;

  let opening: Promise<ServiceTokens> | null = null;
  const open = async (): Promise<ServiceTokens> => {
    const issuer = issuers.length === 1 ? issuers[0] : await findIssuer(issuers, whyInsecure);
    const place = { issuer, endpointOrigin, whyInsecure };
    return createServiceTokens({ folder, renewBeforeMs, place, account, secret, origin });
  };
  const tokens = (): Promise<ServiceTokens> => (opening ??= open());
  const getToken: TokenProvider["getToken"] = async (moment) => (await tokens()).getToken(moment);
  /** The account with its secret, and where its issuer is. */
  const asked = async () => {
    const { issuer } = (await tokens()).key;
    return {
      place: { issuer, endpointOrigin, whyInsecure },
      settings: { ...account, secret: secret() },
      signal: AbortSignal.timeout(askMs),
    };
  };

  return {
    issuer: issuers[0],
    clientId: account.clientId,
    subject: account.clientId,
    getToken,
    authenticate: () => getToken(),
    getServiceInfo: async () => {
      const { value } = await getToken();
      const { readUserInfo } = await import("../sources/auth/service-account.ts");
      const { place, settings, signal } = await asked();
      try {
        return (await readUserInfo(place, settings, value, signal)) ?? claimsIn(value);
      } catch (error) {
        // Many issuers tell of people only.
        if (error instanceof SourceError && error.code === "source-refused") return claimsIn(value);
        throw error;
      }
    },
    getSecondsUntilExpiry: async () => {
      const { key, tokenStore } = await tokens();
      return (await tokenStore.get(key))?.expiresInSeconds ?? null;
    },
    getAuthHeaders: async (url) => {
      requireCheckedTls(env);
      if (!URL.canParse(url) || new URL(url).origin !== origin) {
        throw new SitrepError(
          "usage",
          `getAuthHeaders: url: the tokens are for ${origin} and no other origin.`,
        );
      }
      return { authorization: `Bearer ${(await getToken()).value}` };
    },
    validateToken: async (token, audience) => {
      const { validateToken } = await import("../sources/auth/service-account.ts");
      const { place, settings, signal } = await asked();
      return validateToken(place, settings, { token, audience, clockToleranceSeconds }, signal);
    },
    forget: async () => {
      const { key, tokenStore } = await tokens();
      return tokenStore.forget(key);
    },
    [Symbol.asyncDispose]: async () => {
      await opening?.catch(() => undefined);
    },
  };
}
