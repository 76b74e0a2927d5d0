// The tests' task server, protected by an OpenID provider: REST and MCP verify issuer, audience and expiry of every
// token, and the server has the metadata of RFC 9728.

import type { IncomingMessage, ServerResponse } from "node:http";
import { importJWK, jwtVerify } from "jose";
import type { JWTPayload } from "jose";
import type { TaskServerOptions } from "../../src/client/testing/task-server.ts";
import { defaultAudience } from "./identity-configuration.ts";
import { keyPair } from "./identity-keys.ts";
import type { IdentityProvider } from "./identity-provider.ts";
import { startTaskServer } from "./task-server.ts";
import type { TaskServer } from "./task-server.ts";

export interface ProtectedTaskServer extends TaskServer {
  /** The `resource` of its tokens (RFC 8707). */
  readonly resource: string;
  /** Audiences accepted besides the resource and the server's origin. Default: the one that Keycloak's mapper sets. */
  audiences: string[];
  /** The claims of the accepted tokens, in order. */
  readonly accepted: JWTPayload[];
  /** Requests that the server answered with 401. */
  readonly refused: { readonly isWithToken: boolean }[];
  /** The metadata address in a 401 response; null: the server's own. */
  resourceMetadata: string | null;
  /** Fields that override the metadata of RFC 9728. */
  metadata: Record<string, unknown>;
}

const wellKnown = "/.well-known/oauth-protected-resource";

/** Starts a server that accepts tokens from `idp` and stops it at the end of the test. */
export async function startProtectedTaskServer(
  idp: IdentityProvider,
  options: TaskServerOptions = {},
): Promise<ProtectedTaskServer> {
  const server = await startTaskServer(options);
  const resource = server.url;
  const publicKey = await importJWK(keyPair("issuer").publicJwk);
  const self: ProtectedTaskServer = Object.assign(server, {
    resource,
    audiences: [defaultAudience],
    accepted: [],
    refused: [],
    resourceMetadata: null,
    metadata: {},
  });

  async function verify(token: string): Promise<JWTPayload | null> {
    if (idp.revoked.has(token)) return null;
    const audience = [resource, server.origin, ...self.audiences];
    const currentDate = new Date(Date.now() + idp.clockOffsetSeconds * 1000);
    const verified = await jwtVerify(token, publicKey, {
      issuer: idp.issuer,
      audience,
      currentDate,
    }).catch(() => null);
    return verified?.payload ?? null;
  }

  function describe(response: ServerResponse): void {
    response.writeHead(200, { "content-type": "application/json" });
    const own = { resource, authorization_servers: [idp.issuer], scopes_supported: ["tasks:read"] };
    response.end(JSON.stringify({ ...own, ...self.metadata }));
  }

  self.admit = async (request: IncomingMessage, response: ServerResponse): Promise<boolean> => {
    const { pathname } = new URL(request.url ?? "/", server.origin);
    if (pathname === wellKnown || pathname === `${wellKnown}/mcp`) {
      describe(response);
      return false;
    }
    const [, token] = /^Bearer (.+)$/.exec(request.headers.authorization ?? "") ?? [];
    const payload = token === undefined ? null : await verify(token);
    if (payload !== null) {
      self.accepted.push(payload);
      return true;
    }
    self.refused.push({ isWithToken: token !== undefined });
    const where = self.resourceMetadata ?? `${server.origin}${wellKnown}/mcp`;
    const error = token === undefined ? "" : 'error="invalid_token", ';
    response.writeHead(401, {
      "content-type": "application/json",
      "www-authenticate": `Bearer ${error}resource_metadata="${where}"`,
    });
    response.end('{"error":"Unauthorized"}');
    return false;
  };
  return self;
}
