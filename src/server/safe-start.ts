// Whether a server may start as it was asked to: pure, so that each case is a row of a test.

import { isLoopback } from "../core/address.ts";
import { SitrepError } from "../core/errors.ts";

export interface StartPlan {
  readonly host: string;
  readonly hasTls: boolean;
  readonly isBehindProxy: boolean;
  /** Ways to sign in that are set up; empty for none. */
  readonly authentication: readonly string[];
  readonly opensTo: OpensTo;
}

/** Who is let in without a key: all users of this machine, or all who reach the port. */
export const openScopes = ["machine", "network"] as const;
export type OpensTo = (typeof openScopes)[number] | "nobody";

/** What it means that a server is open, in one sentence for who starts it. */
export const openSentence = (opensTo: OpensTo): string =>
  `Without a key ${opensTo === "network" ? "everybody who reaches this port" : "every user of this machine"} may read and change every task here.`;

const wayToKey = "Add a key first: sitrep serve key add NAME --user WHO --organization WHICH";

const unsafe = (what: string, hint: string): SitrepError =>
  new SitrepError("serve-unsafe", what, { hint });

/**
 * Throws `serve-unsafe`. Beyond this machine nobody is served without authentication, and no secret goes over the network
 * in the clear. A proxy brings others here, so behind one the address is no longer this machine's alone.
 */
export function requireSafeStart(plan: StartPlan): void {
  const { host, hasTls, isBehindProxy, authentication, opensTo } = plan;
  const isLocal = isLoopback(host);
  const where = isLocal ? "behind a proxy" : `on ${host}, where others can reach it,`;
  const isReached = !isLocal || isBehindProxy;
  if (isReached && opensTo === "machine") {
    throw unsafe(
      `The server does not start ${where} with --open, which is for this machine.`,
      `${wayToKey}. To let in everybody who reaches it: --open=network`,
    );
  }
  if (isReached && opensTo === "nobody" && authentication.length === 0) {
    throw unsafe(
      `The server does not start ${where} without authentication.`,
      `${wayToKey}; or set SITREP_ISSUER or SITREP_TOKEN_SECRET. With --host 127.0.0.1 it serves this machine only.`,
    );
  }
  if (!isLocal && !hasTls && !isBehindProxy) {
    throw unsafe(
      `On ${host} keys would go over the network in the clear.`,
      "Give --tls-cert and --tls-key, or --behind-proxy where a proxy ends TLS before it.",
    );
  }
}
