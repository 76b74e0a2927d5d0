// What an issuer says of itself (RFC 8414, OpenID Connect Discovery). Believed only where it names the very issuer that
// was asked, byte for byte: else one issuer could have secrets sent to another.

import { readObject, readString } from "../../../core/read.ts";
import { SourceError } from "../../../core/source-error.ts";
import type { IssuerMetadata } from "./client.ts";
import type { IssuerHttp } from "./issuer-http.ts";
import type { IssuerRules } from "./rules.ts";

const untrusted = ({ who, description }: IssuerRules, what: string): SourceError =>
  new SourceError("source-invalid-answer", `${who} ${what}.`, { hint: description.hint });

function read(rules: IssuerRules, issuer: string, value: unknown): IssuerMetadata {
  const from = readObject(value);
  if (from === null) throw untrusted(rules, "describes itself in no way that can be read");
  if (from["issuer"] !== issuer) {
    throw untrusted(rules, `names itself otherwise than ${issuer} in its description`);
  }
  for (const endpoint of rules.description.endpoints) {
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

/** Throws `source-invalid-answer` where it is not found or not believed, else what `line` throws. */
export async function readIssuerMetadata(
  issuer: string,
  line: IssuerHttp,
): Promise<IssuerMetadata> {
  const { rules } = line;
  const url = URL.canParse(issuer) ? new URL(issuer) : null;
  if (url === null || `${url.search}${url.hash}${url.username}${url.password}` !== "") {
    throw untrusted(rules, "has an address that is no issuer");
  }
  for (const address of rules.description.addressesOf(url)) {
    // oxlint-disable-next-line no-await-in-loop -- the next is asked for only where this one is not there
    const value = await line.getJson(address);
    if (value !== null) return read(rules, issuer, value);
  }
  throw untrusted(rules, `does not describe itself as ${issuer}`);
}
