// Configures the tests' OpenID provider: its clients, paths and tokens.

import type { ClientMetadata, Configuration, KoaContextWithOIDC } from "oidc-provider";
import { keyPair } from "./identity-keys.ts";

/** The audience of a token that was requested without a `resource`, as a mapper of Keycloak sets it. */
export const defaultAudience = "urn:example:tasks";

const deviceGrant = "urn:ietf:params:oauth:grant-type:device_code";

const service = (client_id: string, method: "basic" | "post"): ClientMetadata => ({
  client_id,
  client_secret: `secret-of-${client_id}`,
  token_endpoint_auth_method: `client_secret_${method}`,
  grant_types: ["client_credentials"],
  redirect_uris: [],
  response_types: [],
});

/** `service-basic`, `service-post`, `service-jwt` (key `client`), and `sitrep` and `board` for people, public and native. */
export const defaultClients: readonly ClientMetadata[] = [
  service("service-basic", "basic"),
  service("service-post", "post"),
  {
    ...service("service-jwt", "basic"),
    token_endpoint_auth_method: "private_key_jwt",
    token_endpoint_auth_signing_alg: "RS256",
    jwks: { keys: [keyPair("client").publicJwk] },
  } as ClientMetadata,
  {
    client_id: "sitrep",
    application_type: "native",
    token_endpoint_auth_method: "none",
    grant_types: ["authorization_code", "refresh_token", deviceGrant],
    response_types: ["code"],
    redirect_uris: ["http://127.0.0.1/callback"],
  },
  {
    client_id: "board",
    application_type: "native",
    token_endpoint_auth_method: "none",
    grant_types: ["authorization_code"],
    response_types: ["code"],
    redirect_uris: ["http://127.0.0.1/sign-in/callback"],
  },
];

/** The text that a person reads after a code was accepted. */
export const signedInPage = "Your device may go on.";

const page =
  (text: (ctx: KoaContextWithOIDC, form?: unknown) => string) =>
  (ctx: KoaContextWithOIDC, form?: unknown): void => {
    ctx.body = text(ctx, form);
  };

/** The path of Keycloak's endpoints below the issuer. */
export const endpoints = "/protocol/openid-connect";
const scopes = "tasks:read tasks:write mcp.tools mcp.resources";

export function identityConfiguration(
  self: {
    readonly accessTokenSeconds: number;
    readonly clockOffsetSeconds: number;
    readonly tokenClaims: Record<string, unknown>;
  },
  mount: string,
  adapter: NonNullable<Configuration["adapter"]>,
): Configuration {
  return {
    adapter,
    jwks: { keys: [keyPair("issuer").privateJwk] } as NonNullable<Configuration["jwks"]>,
    formats: {
      customizers: {
        jwt: (_, __, { payload }) => {
          payload.iat = Number(payload.iat) + self.clockOffsetSeconds;
          payload.exp = Number(payload.exp) + self.clockOffsetSeconds;
        },
      },
    },
    cookies: { keys: ["of the tests"] },
    scopes: ["openid", "offline_access", ...scopes.split(" ")],
    claims: { openid: ["sub"], profile: ["preferred_username"] },
    findAccount: (_, id) => ({
      accountId: id,
      claims: async () => ({ sub: id, preferred_username: id }),
    }),
    extraTokenClaims: () => self.tokenClaims,
    interactions: { url: (_, { uid }) => `${mount}/interaction/${uid}` },
    issueRefreshToken: async (_, client) => client.grantTypeAllowed("refresh_token"),
    pkce: { required: () => true },
    // Every lifetime is set, because each default prints a notice.
    ttl: {
      AccessToken: () => self.accessTokenSeconds,
      ClientCredentials: () => self.accessTokenSeconds,
      AuthorizationCode: 60,
      DeviceCode: 600,
      IdToken: 3600,
      RefreshToken: 3600,
      Grant: 3600,
      Interaction: 600,
      Session: 600,
    },
    renderError: (ctx, out) => {
      ctx.body = out.error;
    },
    routes: {
      authorization: `${endpoints}/auth`,
      device_authorization: `${endpoints}/auth/device`,
      token: `${endpoints}/token`,
      revocation: `${endpoints}/revoke`,
      userinfo: `${endpoints}/userinfo`,
      jwks: `${endpoints}/certs`,
      code_verification: "/device",
      registration: "/clients-registrations/openid-connect",
    },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      deviceFlow: {
        enabled: true,
        userCodeInputSource: page((_, form) => String(form)),
        userCodeConfirmSource: page((_, form) => String(form)),
        successSource: page(() => signedInPage),
      },
      revocation: { enabled: true },
      registration: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: async () => defaultAudience,
        useGrantedResource: async () => true,
        getResourceServerInfo: async (_, resource) => ({
          scope: scopes,
          audience: resource,
          accessTokenFormat: "jwt",
          accessTokenTTL: self.accessTokenSeconds,
          jwt: { sign: { alg: "RS256" } },
        }),
      },
    },
  } as Configuration;
}
