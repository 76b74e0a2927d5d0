// Which of two issuers there is: Keycloak before 17 has `/auth` in its addresses, later ones have not.

import { parseObject, readString } from "../core/read.ts";
import { openIssuerFetch } from "./issuer-fetch.ts";
import type { IssuerPlace } from "./issuer-fetch.ts";

const findMs = 5000;

async function namesItself(place: IssuerPlace): Promise<boolean> {
  const url = `${place.issuer}/.well-known/openid-configuration`;
  try {
    await using line = openIssuerFetch(place, AbortSignal.timeout(findMs));
    const answer = await line.fetch(url, { headers: { accept: "application/json" } });
    return answer.ok && readString(parseObject(await answer.text())?.["issuer"]) === place.issuer;
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
