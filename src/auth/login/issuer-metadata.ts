// What an issuer says of itself (RFC 8414, OpenID Connect Discovery). Believed only where it names the very issuer that
// was asked, byte for byte: else one issuer could have secrets sent to another.

import type { ServerMetadata } from "openid-client";
import { readObject, readString } from "../../core/read.ts";
import { SourceError } from "../../core/source-error.ts";
import type { IssuerHttp } from "./issuer-http.ts";

/** Endpoints that we call ourselves. */
const calledEndpoints = [
  "token_endpoint",
  "authorization_endpoint",
  "device_authorization_endpoint",
  "registration_endpoint",
  "revocation_endpoint",
] as const;

/** Of OAuth before OpenID Connect, as MCP orders them: https://modelcontextprotocol.io, "Authorization". */
function addressesOf(issuer: URL): string[] {
  const path = issuer.pathname.replace(/\/+$/, "");
  const known = `${issuer.origin}/.well-known`;
  if (path === "") return [`${known}/oauth-authorization-server`, `${known}/openid-configuration`];
  return [
    `${known}/oauth-authorization-server${path}`,
    `${known}/openid-configuration${path}`,
    `${issuer.origin}${path}/.well-known/openid-configuration`,
  ];
}

const untrusted = (name: string, what: string): SourceError =>
  new SourceError("source-invalid-answer", `${name}'s identity provider ${what}.`, {
    hint: "Nothing secret was sent. Name the issuer exactly as it names itself: sitrep login NAME --issuer URL",
  });

function read(name: string, issuer: string, value: unknown): ServerMetadata {
  const from = readObject(value);
  if (from === null) throw untrusted(name, "describes itself in no way that can be read");
  if (from["issuer"] !== issuer) throw untrusted(name, `is not ${issuer}, by its own description`);
  for (const endpoint of calledEndpoints) {
    const address = from[endpoint];
    if (address === undefined) continue;
    if (typeof address !== "string" || !URL.canParse(address)) {
      throw untrusted(name, `has no address that can be read as ${endpoint}`);
    }
  }
  if (readString(from["token_endpoint"]) === undefined)
    throw untrusted(name, "has no token_endpoint");
  return { ...from, issuer };
}

/** Throws `source-invalid-answer` where it is not found or not believed, else what `http` throws. */
export async function readIssuerMetadata(
  name: string,
  issuer: string,
  http: IssuerHttp,
): Promise<ServerMetadata> {
  const url = URL.canParse(issuer) ? new URL(issuer) : null;
  if (url === null || `${url.search}${url.hash}${url.username}${url.password}` !== "") {
    throw untrusted(name, "has an address that is no issuer");
  }
  for (const address of addressesOf(url)) {
    // oxlint-disable-next-line no-await-in-loop -- the next is asked for only where this one is not there
    const value = await http.getJson(address);
    if (value !== null) return read(name, issuer, value);
  }
  throw untrusted(name, `${issuer} does not describe itself`);
}
