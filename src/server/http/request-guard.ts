import type { IncomingHttpHeaders } from "node:http";
import { createConnectionLimit, limitKey, type Limits } from "../access/limits.ts";
import {
  refused,
  type Credentials,
  type Refused,
  type Authenticated,
  type Authenticate,
} from "../access/authenticate.ts";
import type { Observer } from "../observe/observer.ts";
import type { Principal } from "../principal.ts";
import type { HostCheck } from "./host-check.ts";
import { challenge, type ResourceSettings } from "./resource-metadata.ts";
import { refuse, retryAfter } from "../problem.ts";

export interface RequestHead {
  readonly headers: IncomingHttpHeaders;
  readonly peer: string;
  readonly url: string;
}

export type RequestGuard = ReturnType<typeof createRequestGuard>;

export interface RequestGuardDeps {
  readonly checkHost: HostCheck;
  readonly signIn: Authenticate;
  readonly limits: Limits;
  readonly resource: ResourceSettings;
  readonly isBehindProxy: boolean;
  /** True if everybody who reaches the port is let in, through a proxy too. */
  readonly isOpenToNetwork: boolean;
  readonly connectionsPerKey: number;
  readonly observer: Pick<Observer, "signIn">;
}

/** False once the key, token or session of a held connection has ended. */
type StillGood = () => Promise<boolean>;

const one = (value: string | string[] | undefined): string | null =>
  (Array.isArray(value) ? value[0] : value) ?? null;

function secretOf(headers: IncomingHttpHeaders): string | null {
  const [, bearer] = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? "") ?? [];
  if (bearer !== undefined) return bearer;
  // An unknown scheme is a failed sign-in, not a request without one.
  if (headers.authorization !== undefined) return headers.authorization;
  return one(headers["x-api-key"]);
}

/** The last hop was written by our own proxy. The client may have made up the others. */
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

/** True if a proxy forwarded the request: then the sender may be elsewhere, even if the peer is this machine. */
const isForwarded = (headers: IncomingHttpHeaders): boolean =>
  ["x-forwarded-for", "forwarded", "x-real-ip", "via"].some((name) => headers[name] !== undefined);

const problems = {
  401: "unauthorized",
  403: "organization-refused",
  429: "rate-limited",
  503: "sign-in-unavailable",
} as const;

function refusal(deps: RequestGuardDeps, { url }: RequestHead, why: Refused): Response {
  const { status, code, reason: detail, retryAfterMs } = why;
  const isShown = code === "sign-in-refused";
  const error = isShown ? { code: "invalid_token", description: detail } : null;
  const wait = retryAfterMs === null ? {} : retryAfter(retryAfterMs);
  const way = status === 401 ? { "www-authenticate": challenge(deps.resource, url, error) } : {};
  return refuse(problems[status], { detail }, { ...wait, ...way });
}

const notLocal = refused(
  401,
  "sign-in-needed",
  "Requests through a proxy need a key and a server started with --behind-proxy.",
);

export function createRequestGuard(deps: RequestGuardDeps) {
  const { checkHost, limits, isBehindProxy, isOpenToNetwork, connectionsPerKey, observer } = deps;
  const hold = createConnectionLimit(connectionsPerKey);
  const held = new Map<() => void, StillGood>();

  async function authenticate(request: RequestHead): Promise<Authenticated> {
    const signedIn = await deps.signIn(credentialsOf(request, isBehindProxy));
    const isLocal = signedIn.principal?.by === "local" && !isOpenToNetwork;
    return isLocal && isForwarded(request.headers) ? notLocal : signedIn;
  }

  const isStillSignedIn = async (request: RequestHead): Promise<boolean> =>
    (await authenticate(request)).principal !== null;

  async function cutRevoked(): Promise<void> {
    for (const [cut, isStillGood] of new Map(held)) {
      // oxlint-disable-next-line no-await-in-loop -- one at a time: there may be hundreds
      if (!(await isStillGood())) cut();
    }
  }

  return {
    refuseHost: ({ headers }: RequestHead): Response | null => {
      const detail = checkHost(headers.host ?? null, headers.origin ?? null);
      return detail === null ? null : refuse("host-refused", { detail });
    },
    signIn: async (request: RequestHead): Promise<Principal | Response> => {
      const started = performance.now();
      const signedIn = await authenticate(request);
      const { principal } = signedIn;
      const { status, code } = principal === null ? signedIn : { status: 200, code: null };
      observer.signIn({ principal, status, code, durationMs: performance.now() - started });
      return principal ?? refusal(deps, request, signedIn as Refused);
    },
    refuseExcess: async (principal: Principal, requests: number): Promise<Response | null> => {
      const waitMs = await limits.take(principal, requests);
      return waitMs === null ? null : refuse("rate-limited", {}, retryAfter(waitMs));
    },
    /** Counts a WebSocket or stream until the returned function is called. `cut` ends it when its key or token expires. */
    holdConnection: (
      principal: Principal,
      request: RequestHead,
      cut: () => void,
      isStillGood: StillGood = () => isStillSignedIn(request),
    ) => {
      const { headers, peer } = request;
      const end = hold(limitKey(principal, addressOf(headers, peer, isBehindProxy)));
      const detail = `This key can have at most ${connectionsPerKey} WebSockets and streams open. Close one first.`;
      if (end === null) return refuse("too-many-connections", { detail });
      held.set(cut, isStillGood);
      return (): void => {
        held.delete(cut);
        end();
      };
    },
    /** For sign-ins that are not by a key or token: too many failures from its address refuse it. */
    refuseGuess: async ({ headers, peer }: RequestHead): Promise<Response | null> =>
      (await limits.isSuspect(addressOf(headers, peer, isBehindProxy)))
        ? refuse("rate-limited", {}, retryAfter(60_000))
        : null,
    countFailure: async ({ headers, peer }: RequestHead): Promise<void> =>
      void (await limits.countFailure(addressOf(headers, peer, isBehindProxy))),
    /** As `signIn`, without logging: for messages on an open WebSocket. */
    isStillSignedIn,
    /** Cuts the connections whose key or token is no longer valid. Throws what the database throws. */
    cutRevoked,
  };
}
