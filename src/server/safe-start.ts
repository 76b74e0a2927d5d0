// Decides whether a server may start with its options. Pure, so that each case is a row of a test.

import { isLoopback } from "../core/address.ts";
import { SitrepError } from "../core/errors.ts";

export interface StartPlan {
  readonly host: string;
  readonly hasTls: boolean;
  readonly isBehindProxy: boolean;
  readonly authentication: readonly string[];
  readonly opensTo: UnauthenticatedAccess;
}

export const unauthenticatedScopes = ["machine", "network"] as const;
export type UnauthenticatedAccess = (typeof unauthenticatedScopes)[number] | "nobody";

export const unauthenticatedWarning = (opensTo: UnauthenticatedAccess): string =>
  `Without a key, ${opensTo === "network" ? "anyone who can reach this port" : "any user of this machine"} can read and change every task here.`;

const addKey = "Add a key first: sitrep serve key add NAME --user USER --organization ORGANIZATION";

const unsafe = (what: string, hint: string): SitrepError =>
  new SitrepError("serve-unsafe", what, { hint });

/** Behind a proxy, loopback is not private: the proxy brings others here. Throws `serve-unsafe`. */
export function requireSafeStart(plan: StartPlan): void {
  const { host, hasTls, isBehindProxy, authentication, opensTo } = plan;
  const isLocal = isLoopback(host);
  const where = isLocal ? "behind a proxy" : `on ${host}, where others can reach it,`;
  const isReached = !isLocal || isBehindProxy;
  if (isReached && opensTo === "machine") {
    throw unsafe(
      `The server will not start ${where} with --open, which is for this machine only.`,
      `${addKey}. To allow anyone who can reach it: --open=network`,
    );
  }
  if (isReached && opensTo === "nobody" && authentication.length === 0) {
    throw unsafe(
      `The server will not start ${where} without authentication.`,
      `${addKey}; or set SITREP_ISSUER or SITREP_TOKEN_SECRET. With --host 127.0.0.1 it serves this machine only.`,
    );
  }
  if (!isLocal && !hasTls && !isBehindProxy) {
    throw unsafe(
      `On ${host}, keys would be sent over the network unencrypted.`,
      "Use --tls-cert and --tls-key, or --behind-proxy if a proxy in front of it terminates TLS.",
    );
  }
}
