// Which of two issuers there is: Keycloak before 17 has `/auth` in its addresses, later ones have not.

import { readObject } from "../../../core/read.ts";
import { openIssuerLine } from "./issuer-http.ts";
import { serviceRules } from "./service-rules.ts";
import type { IssuerPlace } from "./service-rules.ts";

const findMs = 5000;

async function namesItself(place: IssuerPlace): Promise<boolean> {
  try {
    await using line = openIssuerLine(serviceRules(place, ""), { timeoutMs: findMs });
    const value = await line.getJson(`${place.issuer}/.well-known/openid-configuration`);
    return readObject(value)?.["issuer"] === place.issuer;
  } catch {
    return false;
  }
}

/** The first of the issuers that answers and names itself so; the first of all where none does. Sends no secret. */
export async function findIssuer(
  issuers: readonly string[],
  whyInsecure: IssuerPlace["whyInsecure"],
): Promise<string> {
  for (const issuer of issuers) {
    // oxlint-disable-next-line no-await-in-loop -- the second is only asked for where the first is not there
    if (await namesItself({ issuer, endpointOrigin: null, whyInsecure })) return issuer;
  }
  return issuers[0] ?? "";
}
