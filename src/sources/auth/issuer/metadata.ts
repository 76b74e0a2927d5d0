// An issuer's metadata (RFC 8414, OpenID Connect Discovery). Believed only where they name the very issuer that was asked,
// byte for byte: else one issuer could have secrets sent to another.

import { readObject, readString } from "../../../core/read.ts";
import { SourceError } from "../../../core/source-error.ts";
import type { IssuerMetadata } from "./client.ts";
import { openIssuerHttp, type IssuerHttp } from "./issuer-http.ts";
import { serviceRules, type IssuerRules, type WhyInsecure } from "./rules.ts";

const untrusted = ({ who, metadata }: IssuerRules, what: string): SourceError =>
  new SourceError("source-invalid-answer", `${who} ${what}.`, { hint: metadata.hint });

function read(rules: IssuerRules, issuer: string, value: unknown): IssuerMetadata {
  const from = readObject(value);
  if (from === null) throw untrusted(rules, "describes itself in no way that can be read");
  if (from["issuer"] !== issuer) {
    throw untrusted(rules, `names itself otherwise than ${issuer} in its description`);
  }
  for (const endpoint of rules.metadata.endpoints) {
    const address = from[endpoint];
    if (address === undefined) continue;
    if (typeof address !== "string" || !URL.canParse(address)) {
      throw untrusted(rules, `has no address that can be read as ${endpoint}`);
    }
  }
  if (readString(from["token_endpoint"]) === undefined) {
    throw untrusted(rules, "has no token_endpoint");
  }
  return { ...from, issuer };
}

/** Throws `source-invalid-answer` where they are not found or not believed, else what `http` throws. */
export async function readIssuerMetadata(
  issuer: string,
  http: IssuerHttp,
): Promise<IssuerMetadata> {
  const { rules } = http;
  const url = URL.canParse(issuer) ? new URL(issuer) : null;
  if (url === null || `${url.search}${url.hash}${url.username}${url.password}` !== "") {
    throw untrusted(rules, "has an address that is no issuer");
  }
  const value = await http.findJson(rules.metadata.addressesOf(url));
  if (value !== null) return read(rules, issuer, value);
  throw untrusted(rules, `does not describe itself as ${issuer}`);
}

const findMs = 5000;

/** A function of its own: esbuild's `using` in a loop throws the failure of an earlier round in every later one. */
async function namesItself(issuer: string, whyInsecure: WhyInsecure): Promise<boolean> {
  try {
    const rules = serviceRules({ issuer, endpointOrigin: null, whyInsecure }, "");
    await using http = openIssuerHttp(rules, { timeoutMs: findMs });
    await readIssuerMetadata(issuer, http);
    return true;
  } catch {
    return false;
  }
}

/** The first of the issuers that answers and names itself so; the first of all where none does. Sends no secret. */
export async function findIssuer(
  issuers: readonly string[],
  whyInsecure: WhyInsecure,
): Promise<string> {
  for (const issuer of issuers) {
    // oxlint-disable-next-line no-await-in-loop -- the second is only asked for where the first is not there
    if (await namesItself(issuer, whyInsecure)) return issuer;
  }
  return issuers[0] ?? "";
}
