// The request guard, which stands before every request and every opening of a WebSocket: host check, sign-in, limits.

import type { IncomingHttpHeaders } from "node:http";
import { createHeldConnections, holderOf } from "../access/held-connections.ts";
import type { Limits } from "../access/limits.ts";
import type { Credentials, SignedIn, SignIn } from "../access/sign-in.ts";
import type { Observer } from "../observe/observer.ts";
import type { Principal } from "../principal.ts";
import type { HostCheck } from "./host-check.ts";
import { challenge, type ResourceSettings } from "./resource-metadata.ts";
import { refuse, retryAfter } from "../problem.ts";

/** What the guard looks at of a request. */
export interface RequestHead {
  readonly headers: IncomingHttpHeaders;
  /** The address at the other end of the connection. */
  readonly peer: string;
  /** The whole URL of the request. */
  readonly url: string;
}

export type RequestGuard = ReturnType<typeof createRequestGuard>;

export interface RequestGuardDeps {
  readonly checkHost: HostCheck;
  readonly signIn: SignIn;
  readonly limits: Limits;
  readonly resource: ResourceSettings;
  readonly isBehindProxy: boolean;
  /** True where everybody who reaches the port is let in, also by way of a proxy. */
  readonly isOpenToNetwork: boolean;
  readonly connectionsPerKey: number;
  readonly observer: Pick<Observer, "signIn">;
}

const one = (value: string | string[] | undefined): string | null =>
  (Array.isArray(value) ? value[0] : value) ?? null;

function secretOf(headers: IncomingHttpHeaders): string | null {
  const [, bearer] = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? "") ?? [];
  if (bearer !== undefined) return bearer;
  // In a way that is not known: it is no sign-in, and no request without one either.
  if (headers.authorization !== undefined) return headers.authorization;
  return one(headers["x-api-key"]);
}

/** Our own proxy wrote the last hop. The client may have made up those before it. */
function addressOf(headers: IncomingHttpHeaders, peer: string, isBehindProxy: boolean): string {
  const hops = isBehindProxy ? one(headers["x-forwarded-for"])?.split(",") : undefined;
  return hops?.at(-1)?.trim() ?? peer;
}

const credentialsOf = ({ headers, peer }: RequestHead, isBehindProxy: boolean): Credentials => ({
  secret: secretOf(headers),
  user: one(headers["x-user-id"]),
  organization: one(headers["x-organization-id"]),
  address: addressOf(headers, peer, isBehindProxy),
});

/** True when a proxy has passed it on: then the other end is not this machine, whatever its address says. */
const isForwarded = (headers: IncomingHttpHeaders): boolean =>
  ["x-forwarded-for", "forwarded", "x-real-ip", "via"].some((name) => headers[name] !== undefined);

type Refused = Extract<SignedIn, { principal: null }>;

const problems = {
  401: "unauthorized",
  403: "organization-refused",
  429: "rate-limited",
  503: "sign-in-unavailable",
} as const;

function refusal(deps: RequestGuardDeps, { url }: RequestHead, refused: Refused): Response {
  const { status, code, reason: detail, retryAfterMs } = refused;
  const isShown = code === "sign-in-refused";
  const error = isShown ? { code: "invalid_token", description: detail } : null;
  const wait = retryAfterMs === null ? {} : retryAfter(retryAfterMs);
  const way = status === 401 ? { "www-authenticate": challenge(deps.resource, url, error) } : {};
  return refuse(problems[status], { detail }, { ...wait, ...way });
}

const notLocal: Refused = {
  principal: null,
  status: 401,
  code: "sign-in-needed",
  reason: "Behind a proxy a key is needed: start the server with --behind-proxy.",
  retryAfterMs: null,
};

export function createRequestGuard(deps: RequestGuardDeps) {
  const { checkHost, limits, isBehindProxy, isOpenToNetwork, connectionsPerKey, observer } = deps;
  const hold = createHeldConnections(connectionsPerKey);
  /** Of each connection that is held: what it signed in with, and how it is cut. */
  const held = new Map<() => void, RequestHead>();

  async function authenticate(request: RequestHead): Promise<SignedIn> {
    const signedIn = await deps.signIn(credentialsOf(request, isBehindProxy));
    const isLocal = signedIn.principal?.by === "local" && !isOpenToNetwork;
    return isLocal && isForwarded(request.headers) ? notLocal : signedIn;
  }

  const isStillSignedIn = async (request: RequestHead): Promise<boolean> =>
    (await authenticate(request)).principal !== null;

  async function cutRevoked(): Promise<void> {
    for (const [cut, request] of new Map(held)) {
      // oxlint-disable-next-line no-await-in-loop -- not all at once: there may be hundreds
      if (!(await isStillSignedIn(request))) cut();
    }
  }

  return {
    /** Null when Host and Origin may pass. */
    refuseHost: ({ headers }: RequestHead): Response | null => {
      const detail = checkHost(headers.host ?? null, headers.origin ?? null);
      return detail === null ? null : refuse("host-refused", { detail });
    },
    signIn: async (request: RequestHead): Promise<Principal | Response> => {
      const started = performance.now();
      const signedIn = await authenticate(request);
      const { principal } = signedIn;
      const durationMs = performance.now() - started;
      if (principal !== null) {
        observer.signIn({ principal, status: 200, code: null, durationMs });
        return principal;
      }
      const { status, code } = signedIn;
      observer.signIn({ principal, status, code, durationMs });
      return refusal(deps, request, signedIn);
    },
    /** Null while the principal is within its limit. */
    refuseExcess: async (principal: Principal, requests: number): Promise<Response | null> => {
      const waitMs = await limits.take(principal, requests);
      return waitMs === null ? null : refuse("rate-limited", {}, retryAfter(waitMs));
    },
    /**
     * Counts a WebSocket or stream. What it gives is to be called when it has ended; `cut` ends it when the sign-in is
     * over.
     */
    holdConnection: (principal: Principal, request: RequestHead, cut: () => void) => {
      const { headers, peer } = request;
      const end = hold(holderOf(principal, addressOf(headers, peer, isBehindProxy)));
      const detail = `There are ${connectionsPerKey} WebSockets and streams of this key. End one first.`;
      if (end === null) return refuse("too-many-connections", { detail });
      held.set(cut, request);
      return (): void => {
        held.delete(cut);
        end();
      };
    },
    /** As `signIn`, without logging: for messages on a WebSocket that is open. */
    isStillSignedIn,
    /** Cuts the connections whose sign-in is over. Throws what the database throws. */
    cutRevoked,
  };
}
