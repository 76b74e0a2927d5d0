// Loads openid-client, which is slow, only when a token must be requested.

import type { IssuerAddress } from "./issuer/rules.ts";
import { machineClock, type MachineClock } from "./machine-clock.ts";
import type { ServiceAccountSettings } from "./service-account.ts";
import { createTokenStore } from "./token-store.ts";
import type { TokenStore, TokenKey, TokenProvider } from "./tokens.ts";

export interface ServiceTokensOptions {
  readonly folder: string;
  readonly renewBeforeMs: number;
  readonly place: IssuerAddress;
  readonly account: Omit<ServiceAccountSettings, "secret">;
  /** Read for each token, because it may change. Throws `secret-missing`, `secret-unsafe`. */
  readonly secret: () => string;
  /** The only origin that the tokens may go to. */
  readonly origin: string;
  readonly clock?: MachineClock;
}

export interface ServiceTokens extends TokenProvider {
  readonly key: TokenKey;
  readonly tokenStore: TokenStore;
}

/** `getToken` also throws `secret-missing`, `secret-unsafe` and `tls-off`. */
export function createServiceTokens(options: ServiceTokensOptions): ServiceTokens {
  const { folder, renewBeforeMs, place, account, origin, clock = machineClock } = options;
  const tokenStore = createTokenStore({ folder, clock, renewBeforeMs });
  const { clientId, scope, audience, resource } = account;
  const requested = resource ?? audience ?? "";
  const key: TokenKey = {
    issuer: place.issuer,
    clientId,
    subject: "",
    // Tokens for another scope are different ones.
    audience: scope === undefined ? requested : `${requested} ${scope}`,
    origin,
  };
  return {
    key,
    tokenStore,
    getToken: async (moment) => {
      const secret = options.secret();
      const provider = tokenStore.provider(
        key,
        async (kept, signal) => {
          const { serviceAccountGrant } = await import("./service-account.ts");
          return serviceAccountGrant(place, { ...account, secret })(kept, signal);
        },
        secret,
      );
      return provider.getToken(moment);
    },
  };
}
