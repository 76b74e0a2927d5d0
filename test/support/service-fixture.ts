// A service account at the tests' OpenID provider that keeps its tokens in a temporary folder.

import { join } from "node:path";
import type { IssuerAddress } from "../../src/sources/auth/issuer/rules.ts";
import { machineClock } from "../../src/sources/auth/machine-clock.ts";
import type { ServiceAccountSettings } from "../../src/sources/auth/service-account.ts";
import { createServiceTokens } from "../../src/sources/auth/service-tokens.ts";
import type { ServiceTokens } from "../../src/sources/auth/service-tokens.ts";
import { insecureBecause } from "../../src/config/source-address.ts";
import { keyPair } from "./identity-keys.ts";
import type { IdentityProvider } from "./identity-provider.ts";
import { temporaryFolder } from "./temporary.ts";

export const placeOf = (issuer: string, endpointOrigin: string | null = null): IssuerAddress => ({
  issuer,
  endpointOrigin,
  whyInsecure: (url) => insecureBecause(url, []),
});

export type ServiceMethod = ServiceAccountSettings["method"];

/** Returns the client of `defaultClients` that authenticates by this method. */
export const clientOf = (method: ServiceMethod): string =>
  ({
    client_secret_basic: "service-basic",
    client_secret_post: "service-post",
    private_key_jwt: "service-jwt",
  })[method];

export const secretOf = (idp: IdentityProvider, method: ServiceMethod): string =>
  method === "private_key_jwt" ? keyPair("client").privatePem : idp.secretOf(clientOf(method));

export interface ServiceFixture {
  readonly folder: string;
  readonly tokens: ServiceTokens;
  secret: string;
  /** How far our clock is ahead of the real one. */
  aheadMs: number;
  /** Returns the tokens of a restarted process. */
  again(): ServiceTokens;
}

/** Prepares tokens for `origin`, for the client that authenticates by `method`. */
export function prepareService(
  idp: IdentityProvider,
  origin: string,
  {
    method = "client_secret_basic",
    endpointOrigin,
    ...asked
  }: Partial<Pick<ServiceAccountSettings, "method" | "scope" | "audience" | "resource">> & {
    endpointOrigin?: string;
  } = {},
): ServiceFixture {
  const folder = join(temporaryFolder(), "tokens");
  const open = (): ServiceTokens =>
    createServiceTokens({
      folder,
      renewBeforeMs: 60_000,
      place: placeOf(idp.issuer, endpointOrigin),
      account: { clientId: clientOf(method), method, ...asked },
      secret: () => fixture.secret,
      origin,
      clock: () => {
        const { upMs, wallMs, boot } = machineClock();
        return { upMs: upMs + fixture.aheadMs, wallMs: wallMs + fixture.aheadMs, boot };
      },
    });
  const fixture: ServiceFixture = {
    folder,
    secret: secretOf(idp, method),
    aheadMs: 0,
    again: open,
    tokens: undefined as unknown as ServiceTokens,
  };
  return Object.assign(fixture, { tokens: open() });
}
