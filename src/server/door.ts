// Who comes in: the gate before every transport, from the settings of a task server.

import type { ApiKeys } from "../store/api-keys.ts";
import { createLimits } from "./access/limits.ts";
import { createSignIn } from "./access/sign-in.ts";
import { createTokenVerifier } from "./access/tokens.ts";
import { createGate } from "./http/gate.ts";
import type { Gate } from "./http/gate.ts";
import { createHostRules } from "./http/hosts.ts";
import { isLoopback } from "../core/address.ts";
import type { ResourceSettings } from "./http/metadata.ts";
import type { Observer } from "./observe/observer.ts";
import { requireSafeStart } from "./safe-start.ts";
import type { ServeParts, ServeSettings } from "./serve-parts.ts";

/** The ways to sign in that are set up; empty where everybody at this machine is let in. */
async function authenticationOf({ tokens }: ServeSettings, keys: ApiKeys): Promise<string[]> {
  const inForce = (await keys.list()).some(({ revokedAt }) => revokedAt === null);
  return [
    ...(inForce ? ["keys"] : []),
    ...(tokens.issuer === null ? [] : ["issuer"]),
    ...(tokens.secret === null ? [] : ["signed tokens"]),
  ];
}

export interface Access {
  readonly gate: Gate;
  readonly resource: ResourceSettings;
  /** For the log. */
  readonly authentication: readonly string[];
}

/** Throws `serve-unsafe`. */
export async function createAccess(
  settings: ServeSettings,
  { keys, machine, clock }: ServeParts,
  observer: Observer,
): Promise<Access> {
  const { host, isBehindProxy, publicUrl, tokens, tls } = settings;
  const authentication = await authenticationOf(settings, keys);
  const isLocal = isLoopback(host);
  const hasTls = tls !== null;
  requireSafeStart({ host, isLoopback: isLocal, hasTls, isBehindProxy, authentication });
  const isOpen = isLocal && authentication.length === 0 && !(await keys.hasAny());
  const limits = createLimits(settings.requestsPerMinute);
  const verifyToken = createTokenVerifier(tokens);
  const resource = { issuer: tokens.issuer, publicUrl };
  const gate = createGate({
    hosts: createHostRules({ host, allowed: settings.allowedHosts, publicUrl, machine }),
    signIn: createSignIn({ keys, verifyToken, limits, isOpenWithoutKeys: isOpen }),
    limits,
    resource,
    isBehindProxy,
    observer,
    clock,
  });
  return { gate, resource, authentication: isOpen ? ["none (this machine only)"] : authentication };
}
