import { clientAuthMethods } from "../core/ports.ts";
import { defined } from "../core/read.ts";
import {
  addressText,
  missingVariable,
  pathText,
  readVariables,
  variable,
  wordText,
} from "./environment.ts";
import type { Environment } from "./folders.ts";
import type { ServiceAuth } from "./source/auth.ts";

export interface EnvironmentAccount {
  readonly auth: ServiceAuth;
  readonly otherIssuer?: string;
}

/** `/realms/REALM` below the address. An address without a path may also mean `/auth`, as before Keycloak 17. */
function keycloakIssuer(env: Environment): { issuer: string; otherIssuer?: string } | null {
  const { KEYCLOAK_URL: url } = readVariables(env, { KEYCLOAK_URL: addressText().optional() });
  if (url === undefined) return null;
  const base = url.href.replace(/\/+$/, "");
  const realm = variable(env, "KEYCLOAK_REALM");
  if (realm === undefined) {
    if (/\/realms\/[^/]+$/.test(base)) return { issuer: base };
    throw missingVariable("KEYCLOAK_REALM", "KEYCLOAK_URL");
  }
  const path = `realms/${encodeURIComponent(realm)}`;
  const issuer = `${base}/${path}`;
  return url.pathname === "/" ? { issuer, otherIssuer: `${base}/auth/${path}` } : { issuer };
}

/** A reference to the file that `NAME_FILE` names, or to the variable itself; null when neither is set. */
function secretIn(env: Environment, name: string): string | null {
  const { [`${name}_FILE`]: file } = readVariables(env, { [`${name}_FILE`]: pathText.optional() });
  if (file !== undefined) return `\${file:${file}}`;
  return variable(env, name) === undefined ? null : `\${env:${name}}`;
}

/** Null when no issuer is set. Throws `config-invalid`. */
export function readEnvironmentAccount(env: Environment): EnvironmentAccount | null {
  readVariables(env, { OIDC_ISSUER: addressText().optional() });
  // Unchanged: an issuer's trailing slash counts.
  const issuer = variable(env, "OIDC_ISSUER");
  const found = issuer === undefined ? keycloakIssuer(env) : { issuer };
  if (found === null) return null;
  const prefix = issuer === undefined ? "KEYCLOAK" : "OIDC";
  const needs = issuer === undefined ? "KEYCLOAK_URL" : "OIDC_ISSUER";
  const clientId = variable(env, `${prefix}_CLIENT_ID`);
  if (clientId === undefined) throw missingVariable(`${prefix}_CLIENT_ID`, needs);
  const key = secretIn(env, `${prefix}_CLIENT_KEY`);
  const secret = key ?? secretIn(env, `${prefix}_CLIENT_SECRET`);
  if (secret === null) throw missingVariable(`${prefix}_CLIENT_SECRET`, needs);
  const { OIDC_TOKEN_ENDPOINT_AUTH_METHOD: method } = readVariables(env, {
    OIDC_TOKEN_ENDPOINT_AUTH_METHOD: wordText(clientAuthMethods).default(
      key === null ? "client_secret_basic" : "private_key_jwt",
    ),
  });
  const [scope, audience, resource] = ["SCOPE", "AUDIENCE", "RESOURCE"].map(
    (name) => variable(env, `${prefix}_${name}`) ?? variable(env, `OIDC_${name}`),
  );
  const { issuer: named, ...other } = found;
  const optional = defined({ scope, audience, resource });
  return { auth: { type: "oidc", issuer: named, clientId, method, secret, ...optional }, ...other };
}
