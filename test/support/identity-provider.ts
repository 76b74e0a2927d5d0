// A real OpenID provider on loopback, with the paths of Keycloak: client credentials, device and authorization code,
// refresh tokens, revocation. Tests can stop it, count its requests and make it misbehave.

import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Provider } from "oidc-provider";
import type { ClientMetadata, KoaContextWithOIDC } from "oidc-provider";
import { onTestFinished } from "vitest";
import { createIdentityMemory } from "./identity-adapter.ts";
import { endpoints, identityConfiguration, defaultClients } from "./identity-configuration.ts";
import { signInPerson } from "./identity-interaction.ts";
import { createPersonBrowser } from "./person-browser.ts";
import type { PersonBrowser } from "./person-browser.ts";

export interface TokenRequest {
  readonly grant: string;
  readonly client: string | null;
  /** The error's code, such as `invalid_client`; null if a token was issued. */
  readonly error: string | null;
  readonly resource: unknown;
  readonly scope: unknown;
}

type TokenAnswer = Record<string, unknown>;

export interface IdentityProvider extends AsyncDisposable {
  readonly origin: string;
  readonly issuer: string;
  /** Answered token requests of every grant, in order. */
  readonly tokenRequests: TokenRequest[];
  /** All requests: method and path. */
  readonly requests: { method: string; path: string }[];
  /** Access tokens that the task servers of the tests refuse from now on. */
  readonly revoked: Set<string>;
  /** The lifetime of access tokens issued from now on, in seconds. */
  accessTokenSeconds: number;
  /** How far the clocks of the issuer and its task servers are ahead of ours. */
  clockOffsetSeconds: number;
  /** The person who signs in when a browser arrives; null: access is denied. */
  person: string | null;
  /** Changes the responses of the token endpoint. */
  changeTokenAnswer: ((reply: TokenAnswer) => void) | null;
  /** The user info for every kind of token, like Keycloak's; null: user info only for people. */
  userInfo: Record<string, unknown> | null;
  /** Claims that are added to access tokens. */
  tokenClaims: Record<string, unknown>;
  /** Fields that override the discovery document. */
  metadata: Record<string, unknown>;
  /** Endpoints that redirect elsewhere with 307, by kind. */
  readonly redirects: Map<"metadata" | "token", string>;
  /** True: it publishes metadata only by RFC 8414. */
  isOauthOnly: boolean;
  /** True: the token endpoint accepts requests and never answers. */
  isMute: boolean;
  secretOf(client: string): string;
  /** Sets and returns a new secret. Tokens issued before stay valid until they expire. */
  rotateSecret(client: string): string;
  /** Revokes refresh tokens, like an administrator who ends all sessions. */
  endSessions(): void;
  /** Returns a browser in which `person` signs in at every request. */
  browser(): PersonBrowser;
  stop(): Promise<void>;
  /** Listens again on the same port. */
  start(): Promise<void>;
}

export interface IdentityProviderOptions {
  /** Default `/realms/tasks`. */
  mount?: "/realms/tasks" | "/auth/realms/tasks";
  accessTokenSeconds?: number;
  /** Clients in addition to `defaultClients`. */
  clients?: readonly ClientMetadata[];
}

function record(provider: Provider, self: IdentityProvider): void {
  const note = (ctx: KoaContextWithOIDC, error: string | null): void => {
    const { params = {}, client } = ctx.oidc;
    self.tokenRequests.push({
      grant: String(params["grant_type"]),
      client: client?.clientId ?? null,
      error,
      resource: params["resource"],
      scope: params["scope"],
    });
  };
  provider.on("grant.success", (ctx) => {
    note(ctx, null);
    self.changeTokenAnswer?.(ctx.body as TokenAnswer);
  });
  provider.on("grant.error", (ctx, error) => note(ctx, error.message));
  provider.on("server_error", (_, error) => void process.stderr.write(`${String(error)}\n`));
}

/** Starts a provider on a free port of 127.0.0.1 and stops it at the end of the test. */
export async function startIdentityProvider(
  options: IdentityProviderOptions = {},
): Promise<IdentityProvider> {
  const { mount = "/realms/tasks", clients = [] } = options;
  const memory = createIdentityMemory([...defaultClients, ...clients]);
  const server = createServer((request, response) => void handle(request, response));
  const listen = (port: number): Promise<void> =>
    new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;
  const issuer = `${origin}${mount}`;
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  const self: IdentityProvider = {
    origin,
    issuer,
    tokenRequests: [],
    requests: [],
    revoked: new Set(),
    accessTokenSeconds: options.accessTokenSeconds ?? 300,
    clockOffsetSeconds: 0,
    person: "ana",
    changeTokenAnswer: null,
    userInfo: null,
    tokenClaims: {},
    metadata: {},
    redirects: new Map(),
    isOauthOnly: false,
    isMute: false,
    secretOf: (client) => memory.clients.get(client)?.client_secret ?? "",
    rotateSecret: (client) => {
      const before = memory.clients.get(client);
      if (before === undefined) throw new Error(`there is no client ${client}`);
      const client_secret = `rotated-${before.client_secret}`;
      memory.clients.set(client, { ...before, client_secret });
      return client_secret;
    },
    endSessions: () => {
      for (const model of ["RefreshToken", "Grant", "Session"] as const) memory.forgetAll(model);
    },
    browser: () => createPersonBrowser(origin),
    stop,
    start: () => listen(port),
    [Symbol.asyncDispose]: async () => {
      if (server.listening) await stop();
    },
  };
  const provider = new Provider(issuer, identityConfiguration(self, mount, memory.adapter));
  record(provider, self);
  // The provider sends no interval, and clients then poll every five seconds.
  provider.use(async (context, next) => {
    await next();
    if (context.oidc?.route === "device_authorization")
      context.body = { ...(context.body as object), interval: 0.1 };
  });
  const reply = provider.callback();

  /** RFC 8414 puts the issuer's path at the end, OpenID at the start. */
  const metadataPaths = [
    `${mount}/.well-known/openid-configuration`,
    `/.well-known/oauth-authorization-server${mount}`,
    `/.well-known/openid-configuration${mount}`,
  ];

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "", url = "" } = request;
    const [path = ""] = url.split("?");
    if (url.endsWith("?own")) return forward(request, response, path);
    self.requests.push({ method, path });
    const isMetadata = metadataPaths.includes(path);
    const isToken = path === `${mount}${endpoints}/token`;
    const target = self.redirects.get(isMetadata ? "metadata" : "token");
    if ((isMetadata || isToken) && target !== undefined) {
      response.writeHead(307, { location: target });
      return void response.end();
    }
    if (isToken && self.isMute) return;
    if (isMetadata && self.isOauthOnly && path.includes("openid")) {
      return void response.writeHead(404).end();
    }
    if (isMetadata) return describe(response);
    if (self.userInfo !== null && path === `${mount}${endpoints}/userinfo`) {
      response.writeHead(200, { "content-type": "application/json" });
      return void response.end(JSON.stringify({ sub: "service", ...self.userInfo }));
    }
    if (path.startsWith(`${mount}/interaction/`)) {
      return signInPerson(provider, request, response, self.person);
    }
    return forward(request, response, url);
  }

  async function describe(response: ServerResponse): Promise<void> {
    const own = (await (await fetch(`${origin}${metadataPaths[0]}?own`)).json()) as object;
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ ...own, ...self.metadata }));
  }

  function forward(request: IncomingMessage, response: ServerResponse, url: string): void {
    if (!url.startsWith(`${mount}/`)) return void response.writeHead(404).end();
    request.url = url.slice(mount.length);
    void reply(Object.assign(request, { originalUrl: url }), response);
  }

  onTestFinished(() => self[Symbol.asyncDispose]());
  return self;
}
