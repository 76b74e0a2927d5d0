// The service account that environment variables name: Keycloak's own, or those of any OpenID provider.

import { addressIn, given, invalid, missing } from "./environment.ts";
import { defined } from "../core/read.ts";
import type { Environment } from "./folders.ts";
import { clientAuthMethods, type ClientAuthMethod } from "../core/ports.ts";
import type { ServiceAuth } from "./source-config.ts";

export interface ServiceAccount {
  readonly auth: ServiceAuth;
  /** The issuer's other shape, where the address does not say which of the two it is. */
  readonly otherIssuer?: string;
}

const without = (address: URL): string => address.href.replace(/\/+$/, "");

/** `/realms/REALM` below the address; where that has no path, it may also be below `/auth`, as before Keycloak 17. */
function keycloakIssuer(env: Environment): { issuer: string; otherIssuer?: string } | null {
  const url = addressIn(env, "KEYCLOAK_URL");
  if (url === undefined) return null;
  const realm = given(env, "KEYCLOAK_REALM");
  const base = without(url);
  if (realm === undefined) {
    if (/\/realms\/[^/]+$/.test(base)) return { issuer: base };
    throw missing("KEYCLOAK_REALM", "KEYCLOAK_URL");
  }
  const path = `realms/${encodeURIComponent(realm)}`;
  const issuer = `${base}/${path}`;
  return url.pathname === "/" ? { issuer, otherIssuer: `${base}/auth/${path}` } : { issuer };
}

/** A reference to what one of two variables holds: the secret itself, or the file that it is in. */
function secretIn(env: Environment, name: string): string | null {
  const file = given(env, `${name}_FILE`);
  if (file !== undefined) {
    if (file.startsWith("/")) return `\${file:${file}}`;
    throw invalid(`${name}_FILE`, `not an absolute path: ${file}`);
  }
  return given(env, name) === undefined ? null : `\${env:${name}}`;
}

function methodIn(env: Environment, hasKey: boolean): ClientAuthMethod {
  const name = "OIDC_TOKEN_ENDPOINT_AUTH_METHOD";
  const text = given(env, name) ?? (hasKey ? "private_key_jwt" : "client_secret_basic");
  const method = clientAuthMethods.find((one) => one === text);
  if (method !== undefined) return method;
  throw invalid(name, `not one of ${clientAuthMethods.join(", ")}: ${text}`);
}

/**
 * From `OIDC_ISSUER`, `OIDC_CLIENT_ID`, `OIDC_CLIENT_SECRET` and its like, else from `KEYCLOAK_URL`, `KEYCLOAK_REALM`,
 * `KEYCLOAK_CLIENT_ID`, `KEYCLOAK_CLIENT_SECRET`; null where neither issuer is named. Throws `config-invalid`.
 */
export function serviceAccount(env: Environment): ServiceAccount | null {
  const issuer = given(env, "OIDC_ISSUER");
  // As it is written: an issuer's last slash counts.
  if (issuer !== undefined) addressIn(env, "OIDC_ISSUER");
  const found = issuer === undefined ? keycloakIssuer(env) : { issuer };
  if (found === null) return null;
  const [prefix, named] =
    issuer === undefined
      ? (["KEYCLOAK", "KEYCLOAK_URL"] as const)
      : (["OIDC", "OIDC_ISSUER"] as const);
  const clientId = given(env, `${prefix}_CLIENT_ID`);
  if (clientId === undefined) throw missing(`${prefix}_CLIENT_ID`, named);
  const key = secretIn(env, `${prefix}_CLIENT_KEY`);
  const secret = key ?? secretIn(env, `${prefix}_CLIENT_SECRET`);
  if (secret === null) throw missing(`${prefix}_CLIENT_SECRET`, named);
  const [scope, audience, resource] = ["SCOPE", "AUDIENCE", "RESOURCE"].map(
    (name) => given(env, `${prefix}_${name}`) ?? given(env, `OIDC_${name}`),
  );
  const auth: ServiceAuth = {
    type: "oidc",
    issuer: found.issuer,
    clientId,
    method: methodIn(env, key !== null),
    secret,
    ...defined({ scope, audience, resource }),
  };
  return { auth, ...defined({ otherIssuer: found.otherIssuer }) };
}
