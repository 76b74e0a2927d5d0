// Decides from the settings who may use the server, and refuses a start that would let strangers in.

import { hostname } from "node:os";
import type { ApiKeys } from "../../store/api-keys.ts";
import type { StoreConnection } from "../../store/database/connection.ts";
import { createLimits, createOwnCounts } from "../access/limits.ts";
import { createAuthenticate } from "../access/authenticate.ts";
import { createTokenVerifier } from "../access/verify-token.ts";
import type { Observer } from "../observe/observer.ts";
import { requireSafeStart } from "../safe-start.ts";
import type { ServerSettings } from "../settings.ts";
import { createHostCheck } from "./host-check.ts";
import { createRequestGuard } from "./request-guard.ts";

export interface AccessParts {
  readonly keys: ApiKeys;
  /** Null: requests are counted by this server alone. */
  readonly store: Pick<StoreConnection, "countRequests"> | null;
}

/** Throws `serve-unsafe`, and what the keys' database throws. */
export async function openAccess(
  settings: ServerSettings,
  { keys, store }: AccessParts,
  observer: Observer,
) {
  const { host, allowedHosts, isBehindProxy, publicUrl, tokens, tls, opensTo } = settings;
  const hasKeys = (await keys.list()).some(({ revokedAt }) => revokedAt === null);
  const authentication = [
    ...(hasKeys ? ["keys"] : []),
    ...(tokens.issuer === null ? [] : ["issuer"]),
    ...(tokens.secret === null ? [] : ["signed tokens"]),
  ];
  requireSafeStart({ host, hasTls: tls !== null, isBehindProxy, authentication, opensTo });
  const isOpen = opensTo !== "nobody";
  const limits = createLimits(
    settings.requestsPerMinute,
    store?.countRequests ?? createOwnCounts(),
  );
  const verifyToken = createTokenVerifier(tokens);
  const resource = { issuer: tokens.issuer, publicUrl };
  const guard = createRequestGuard({
    checkHost: createHostCheck({ host, allowed: allowedHosts, publicUrl, machine: hostname() }),
    signIn: createAuthenticate({ keys, verifyToken, limits, isOpen }),
    limits,
    resource,
    isBehindProxy,
    isOpenToNetwork: opensTo === "network",
    connectionsPerKey: settings.connectionsPerKey,
    observer,
  });
  return {
    guard,
    verifyToken,
    resource,
    authentication: isOpen ? [...authentication, `none (${opensTo})`] : authentication,
  };
}
