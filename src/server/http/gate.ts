// What stands before every request: names, sign-in, limits. Used by HTTP requests and by the opening of a WebSocket.

import type { IncomingHttpHeaders } from "node:http";
import type { Limits } from "../access/limits.ts";
import type { SignedIn, SignIn } from "../access/sign-in.ts";
import type { Observer } from "../observe/observer.ts";
import type { Principal } from "../principal.ts";
import type { HostRules } from "./hosts.ts";
import { challenge } from "./metadata.ts";
import type { ResourceSettings } from "./metadata.ts";
import { refuse, retryAfter } from "./problem.ts";
import { isForwarded, shownBy } from "./shown.ts";

export interface Knock {
  readonly headers: IncomingHttpHeaders;
  /** The address at the other end of the connection. */
  readonly peer: string;
  /** The whole URL of the request. */
  readonly url: string;
}

export interface Gate {
  /** Null when Host and Origin may pass. */
  refuseNames(knock: Knock): Response | null;
  signIn(knock: Knock): Promise<Principal | Response>;
  /** Null while the principal is within its limit. */
  refuseExcess(principal: Principal, requests: number): Promise<Response | null>;
  /** As `signIn`, without a word in the log when it goes well: for messages of a line that is open. */
  isStillIn(knock: Knock): Promise<boolean>;
}

export interface GateDeps {
  readonly hosts: HostRules;
  readonly signIn: SignIn;
  readonly limits: Limits;
  readonly resource: ResourceSettings;
  readonly isBehindProxy: boolean;
  readonly observer: Pick<Observer, "signIn">;
  /** Monotonic milliseconds. */
  readonly clock: () => number;
}

type Refused = Extract<SignedIn, { principal: null }>;

const header = (value: string | undefined): string | null => value ?? null;

const problems = {
  401: "unauthorized",
  429: "rate-limited",
  503: "sign-in-unavailable",
} as const;

function refusal(deps: GateDeps, { url }: Knock, refused: Refused): Response {
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

export function createGate(deps: GateDeps): Gate {
  const { hosts, limits, isBehindProxy, observer, clock } = deps;

  async function ask({ headers, peer }: Knock): Promise<SignedIn> {
    const signedIn = await deps.signIn(shownBy(headers, peer, isBehindProxy));
    const isLocal = signedIn.principal?.by === "local";
    return isLocal && isForwarded(headers) ? notLocal : signedIn;
  }

  return {
    refuseNames: ({ headers }) => {
      const detail = hosts.refuse(header(headers.host), header(headers.origin));
      return detail === null ? null : refuse("host-refused", { detail });
    },
    signIn: async (knock) => {
      const started = clock();
      const signedIn = await ask(knock);
      const { principal } = signedIn;
      const durationMs = clock() - started;
      if (principal !== null) {
        observer.signIn({ principal, status: 200, code: null, durationMs });
        return principal;
      }
      const { status, code } = signedIn;
      observer.signIn({ principal, status, code, durationMs });
      return refusal(deps, knock, signedIn);
    },
    refuseExcess: async (principal, requests) => {
      const waitMs = await limits.take(principal, requests);
      if (waitMs === null) return null;
      return refuse("rate-limited", {}, retryAfter(waitMs));
    },
    isStillIn: async (knock) => (await ask(knock)).principal !== null,
  };
}
