// RFC 8414, OpenID Connect Discovery. It must name the issuer that was asked, byte for byte.

import { readObject, readString } from "../../../core/read.ts";
import { SourceError } from "../../../core/source-error.ts";
import type { IssuerMetadata } from "./client.ts";
import { openIssuerHttp, type IssuerHttp } from "./issuer-http.ts";
import { serviceRules, type IssuerRules, type InsecureReason } from "./rules.ts";

const untrusted = ({ who, metadata }: IssuerRules, what: string): SourceError =>
  new SourceError("source-invalid-response", `${who} ${what}.`, { hint: metadata.hint });

function read(rules: IssuerRules, issuer: string, value: unknown): IssuerMetadata {
  const from = readObject(value);
  if (from === null) throw untrusted(rules, "has metadata that cannot be read");
  if (from["issuer"] !== issuer) throw untrusted(rules, `does not identify itself as ${issuer}`);
  for (const endpoint of rules.metadata.endpoints) {
    const address = from[endpoint];
    if (address === undefined) continue;
    if (typeof address !== "string" || !URL.canParse(address)) {
      throw untrusted(rules, `has an invalid address for ${endpoint}`);
    }
  }
  if (readString(from["token_endpoint"]) === undefined) {
    throw untrusted(rules, "has no token_endpoint");
  }
  return { ...from, issuer };
}

/** Throws `source-invalid-response` for metadata that are missing or not trusted, else what `http` throws. */
export async function readIssuerMetadata(
  issuer: string,
  http: IssuerHttp,
): Promise<IssuerMetadata> {
  const { rules } = http;
  const url = URL.parse(issuer);
  if (url === null || `${url.search}${url.hash}${url.username}${url.password}` !== "") {
    throw untrusted(rules, "has an address that is not valid for an issuer");
  }
  const value = await http.findJson(rules.metadata.addressesOf(url));
  if (value !== null) return read(rules, issuer, value);
  throw untrusted(rules, `publishes no metadata for ${issuer}`);
}

const findMs = 5000;

/** A separate function: in a loop, esbuild's `using` rethrows an earlier iteration's failure in every later one. */
async function namesItself(issuer: string, whyInsecure: InsecureReason): Promise<boolean> {
  try {
    const rules = serviceRules({ issuer, endpointOrigin: null, whyInsecure }, "");
    await using http = openIssuerHttp(rules, { timeoutMs: findMs });
    await readIssuerMetadata(issuer, http);
    return true;
  } catch {
    return false;
  }
}

/** The first issuer that answers and names itself correctly, else the first one. Sends no secret. */
export async function findIssuer(
  issuers: readonly string[],
  whyInsecure: InsecureReason,
): Promise<string> {
  for (const issuer of issuers) {
    // oxlint-disable-next-line no-await-in-loop -- the second is asked only if the first does not exist
    if (await namesItself(issuer, whyInsecure)) return issuer;
  }
  return issuers[0] ?? "";
}
