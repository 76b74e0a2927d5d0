import { cleanText } from "../../../core/quote.ts";
import { readString } from "../../../core/read.ts";
import { grantedTokens, grantParameters, type TokenResponse } from "../issuer/client.ts";
import type { InsecureReason } from "../issuer/rules.ts";
import type { Challenge } from "./challenge.ts";
import { openClient, findClient, chooseGrant, requirePkce, chooseScope } from "./choose-client.ts";
import type { PersonGrant } from "./choose-client.ts";
import { signInByBrowser, openLoopbackRedirect, type LoopbackRedirect } from "./code-grant.ts";
import { signInByDevice, type DeviceCode } from "./device-grant.ts";
import { discoverIssuer, type Discovered } from "./discover-issuer.ts";
import { parseClaims, type TokenStore } from "../tokens.ts";
import { signInTokenKey } from "./sign-in-record.ts";
import type { ClientIdentity, SignInRecord, SignInRecords } from "./sign-in-record.ts";

export type SignInEvent =
  | { readonly event: "issuer"; readonly issuer: string; readonly grant: PersonGrant }
  | ({ readonly event: "code" } & DeviceCode)
  | { readonly event: "address"; readonly address: string };

export interface SignInOptions {
  readonly issuer: string | null;
  readonly clientId: string | null;
  readonly clientSecret: string | null;
  readonly scope: string | null;
  readonly audience: string | null;
  readonly grant: PersonGrant | null;
  /** The redirect's. Default: a free one. */
  readonly port: number | null;
}

export interface SignInRequest extends SignInOptions {
  readonly name: string;
  readonly url: string;
  readonly challenge: Challenge | null;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly onEvent: (event: SignInEvent) => void;
}

export interface SignInDeps {
  readonly records: SignInRecords;
  readonly tokenStore: TokenStore;
  readonly whyInsecure: InsecureReason;
}

function personIn(response: TokenResponse): { subject: string; label: string } {
  const claims = response.claims();
  const subject = claims?.sub ?? readString(parseClaims(response.access_token)?.["sub"]) ?? "";
  const names = [claims?.["preferred_username"], claims?.["email"], claims?.["name"]];
  const label = names.find((one) => typeof one === "string") ?? "";
  return { subject: cleanText(subject, 200), label: cleanText(label, 80) };
}

interface Agreed {
  readonly discovered: Discovered;
  readonly scope: string | null;
  readonly redirect: LoopbackRedirect | null;
  readonly client: ClientIdentity;
}

function ask(request: SignInRequest, deps: SignInDeps, agreed: Agreed): Promise<TokenResponse> {
  const { name, audience, signal, timeoutMs, onEvent } = request;
  const { discovered, scope, redirect, client } = agreed;
  const common = {
    name,
    client: openClient(discovered.metadata, client, discovered.http),
    parameters: grantParameters({ scope, resource: discovered.resource, audience }),
    signal,
  };
  if (redirect === null) {
    const onCode = (code: DeviceCode): void => onEvent({ event: "code", ...code });
    return signInByDevice({ ...common, whyInsecure: deps.whyInsecure, onCode });
  }
  const onAddress = ({ href: address }: URL): void => onEvent({ event: "address", address });
  return signInByBrowser({ ...common, redirect, timeoutMs, onAddress });
}

/** Pins the issuer before anything secret is sent to it. Does not reuse another issuer's record. */
function pin(
  request: SignInRequest,
  deps: SignInDeps,
  found: Discovered,
  before: SignInRecord | null,
): SignInRecord {
  const { name: source } = request;
  const { origin } = new URL(request.url);
  const { issuer } = found.metadata;
  const isSame = before?.issuer === issuer;
  const record = {
    source,
    origin,
    issuer,
    isNamed: found.isNamed || (isSame && before.isNamed),
    client: isSame ? before.client : null,
    person: isSame ? before.person : null,
  };
  deps.records.put(record);
  return record;
}

async function keep(
  record: SignInRecord,
  deps: SignInDeps,
  response: TokenResponse,
  request: SignInRequest,
  { client, discovered, scope }: Agreed,
): Promise<SignInRecord> {
  const signedIn: SignInRecord = {
    ...record,
    // A configured secret stays where it is configured.
    client: client.from === "registered" ? client : { ...client, clientSecret: null },
    person: {
      ...personIn(response),
      resource: discovered.resource ?? "",
      audience: request.audience ?? "",
      scope: response.scope ?? scope,
      signedInAt: Date.now(),
    },
  };
  const key = signInTokenKey(signedIn);
  if (key !== null) await deps.tokenStore.put(key, grantedTokens(response));
  deps.records.put(signedIn);
  return signedIn;
}

/** The sign-in before stays valid until then. Throws `sign-in-*`, `issuer-*`, `client-unknown`. */
export async function signInUser(request: SignInRequest, deps: SignInDeps): Promise<SignInRecord> {
  const { name, url } = request;
  const before = deps.records.get(name, new URL(url).origin);
  const pinned = before?.issuer ?? null;
  const { whyInsecure } = deps;
  const discovered = await discoverIssuer({ ...request, pinned, whyInsecure });
  await using http = discovered.http;
  const { metadata } = discovered;
  const grant = chooseGrant(name, request.grant, discovered);
  if (grant === "browser") {
    requirePkce(name, discovered);
    http.rules.requireReachable(new URL(metadata.authorization_endpoint ?? ""));
  }
  const scope = chooseScope(request.scope, discovered.scope, metadata);
  const record = pin(request, deps, discovered, before);
  request.onEvent({ event: "issuer", issuer: metadata.issuer, grant });
  const registered = record.client?.from === "registered" ? record.client : null;
  const port = request.port ?? registered?.redirectPort ?? null;
  using redirect = grant === "browser" ? await openLoopbackRedirect(port) : null;
  const { clientId, clientSecret } = request;
  const wishes = { name, metadata, clientId, clientSecret, registered, redirect, scope, http };
  const client = await findClient(wishes);
  deps.records.put({ ...record, client: client.from === "registered" ? client : record.client });
  const agreed = { discovered, scope, redirect, client };
  const response = await ask(request, deps, agreed);
  const signedIn = await keep(record, deps, response, request, agreed);
  const [old, key] = [before === null ? null : signInTokenKey(before), signInTokenKey(signedIn)];
  // Another person, client or issuer than before.
  const isOther = JSON.stringify(old) !== JSON.stringify(key);
  if (old !== null && isOther) await deps.tokenStore.forget(old);
  return signedIn;
}
