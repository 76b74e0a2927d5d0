// Signs a person in for the tests' task server, and keeps everything in a temporary folder.

import { join } from "node:path";
import { openSignInRecords } from "../../src/sources/auth/login/sign-in-record.ts";
import type { SignInRecord, SignInRecords } from "../../src/sources/auth/login/sign-in-record.ts";
import { signInUser } from "../../src/sources/auth/login/sign-in-user.ts";
import type { SignInEvent, SignInRequest } from "../../src/sources/auth/login/sign-in-user.ts";
import { machineClock } from "../../src/sources/auth/machine-clock.ts";
import type { TokenStore } from "../../src/sources/auth/tokens.ts";
import { createTokenStore } from "../../src/sources/auth/token-store.ts";
import { insecureBecause } from "../../src/config/source-address.ts";
import type { IdentityProvider } from "./identity-provider.ts";
import { temporaryFolder } from "./temporary.ts";

export interface PersonFixture {
  readonly folder: string;
  readonly records: SignInRecords;
  readonly tokenStore: TokenStore;
  readonly events: SignInEvent[];
  readonly whyInsecure: (url: string) => string | null;
  signIn(request: Partial<SignInRequest> & { url: string }): Promise<SignInRecord>;
}

/** The person's reaction to each event; none by default. */
export type Person = (event: SignInEvent) => unknown;

/** A person who consents to everything at a provider, in the browser or with the code. */
export function agreeing(idp: IdentityProvider): Person {
  return async (event) => {
    if (event.event === "address") {
      const back = await idp.browser().open(event.address);
      if (back !== null) await fetch(back);
    }
    if (event.event === "code") {
      await idp.browser().enterCode(event.verificationUri, event.userCode);
    }
  };
}

export function personFixture(person: Person): PersonFixture {
  const folder = temporaryFolder();
  const records = openSignInRecords(join(folder, "sign-ins"));
  const tokenStore = createTokenStore({
    folder: join(folder, "tokens"),
    clock: machineClock,
    renewBeforeMs: 60_000,
  });
  const whyInsecure = (url: string): string | null => insecureBecause(url, []);
  const events: SignInEvent[] = [];
  return {
    folder,
    records,
    tokenStore,
    events,
    whyInsecure,
    signIn: (request) =>
      signInUser(
        {
          name: "team",
          challenge: null,
          issuer: null,
          clientId: null,
          clientSecret: null,
          scope: null,
          audience: null,
          grant: null,
          port: null,
          timeoutMs: 10_000,
          signal: AbortSignal.timeout(20_000),
          onEvent: (event) => {
            events.push(event);
            void person(event);
          },
          ...request,
        },
        { records, tokenStore, whyInsecure },
      ),
  };
}
