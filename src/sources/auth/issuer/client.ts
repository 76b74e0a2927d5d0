// A client at an issuer whose metadata are known: the grants of OAuth and OpenID Connect, all over the issuer's own HTTP.
// What they throw is openid-client's: `issuerFailure` says what it means.

import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  clientCredentialsGrant,
  Configuration,
  customFetch,
  fetchUserInfo,
  genericGrantRequest,
  initiateDeviceAuthorization,
  randomPKCECodeVerifier,
  randomState,
  refreshTokenGrant,
  skipSubjectCheck,
  tokenRevocation,
  ClientSecretPost,
  None,
  PrivateKeyJwt,
} from "openid-client";
import type {
  DeviceAuthorizationResponse,
  ServerMetadata,
  TokenEndpointResponse,
  TokenEndpointResponseHelpers,
  ClientAuth,
  CryptoKey,
} from "openid-client";
import { parseObject, readNumber } from "../../../core/read.ts";
import { SourceError } from "../../../core/source-error.ts";
import type { GrantedTokens } from "../tokens.ts";
import type { IssuerHttp } from "./issuer-http.ts";

export type IssuerMetadata = ServerMetadata;
export type IssuerAnswer = TokenEndpointResponse & TokenEndpointResponseHelpers;
export type DeviceAnswer = DeviceAuthorizationResponse;
/** `scope`, `resource`, `audience` and the like: those that are to be sent. */
export type GrantParameters = Readonly<Record<string, string>>;

/** Those that are there. `resource` is what the server calls itself (RFC 8707), `audience` what a person set. */
export function grantParameters(
  named: Readonly<Record<"scope" | "resource" | "audience", string | null | undefined>>,
): GrantParameters {
  const there = Object.entries(named).flatMap(([name, value]) => (value ? [[name, value]] : []));
  return Object.fromEntries(there) as GrantParameters;
}

/** A sign-in in the browser that has begun: PKCE (S256), with its own `state`. */
export interface BrowserGrant {
  /** For a person to open. */
  readonly address: URL;
  /** The tokens for the redirect's address with what came along; `state` and `iss` are checked before anything is sent. */
  exchange(answer: URL, parameters: GrantParameters): Promise<IssuerAnswer>;
}

export interface IssuerClient {
  /** For messages and failures. */
  readonly http: IssuerHttp;
  clientCredentials(parameters: GrantParameters): Promise<IssuerAnswer>;
  refresh(refreshToken: string, parameters: GrantParameters): Promise<IssuerAnswer>;
  revoke(token: string, kind: "refresh_token" | "access_token"): Promise<void>;
  startBrowser(redirectUri: string, parameters: GrantParameters): Promise<BrowserGrant>;
  startDevice(parameters: GrantParameters): Promise<DeviceAnswer>;
  /** One question whether the code has been used (RFC 8628, section 3.4). */
  askDevice(deviceCode: string): Promise<IssuerAnswer>;
  /** The claims of a token's owner. */
  userInfo(token: string): Promise<Readonly<Record<string, unknown>>>;
}

async function startBrowser(
  config: Configuration,
  redirectUri: string,
  parameters: GrantParameters,
): Promise<BrowserGrant> {
  const pkceCodeVerifier = randomPKCECodeVerifier();
  const expectedState = randomState();
  const address = buildAuthorizationUrl(config, {
    ...parameters,
    redirect_uri: redirectUri,
    state: expectedState,
    code_challenge: await calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: "S256",
  });
  return {
    address,
    exchange: (answer, more) =>
      authorizationCodeGrant(config, answer, { pkceCodeVerifier, expectedState }, { ...more }),
  };
}

/** The grant of RFC 8628. */
export const deviceGrant = "urn:ietf:params:oauth:grant-type:device_code";

export function createIssuerClient(
  metadata: IssuerMetadata,
  clientId: string,
  proof: ClientProof,
  http: IssuerHttp,
): IssuerClient {
  const config = new Configuration(metadata, clientId, {}, clientAuthOf(proof));
  config[customFetch] = async (url, request) => withPlainLife(await http.fetch(url, request));
  // Which addresses may be in the clear is judged by the http.
  allowInsecureRequests(config);
  return {
    http,
    clientCredentials: (parameters) => clientCredentialsGrant(config, { ...parameters }),
    refresh: (token, parameters) => refreshTokenGrant(config, token, { ...parameters }),
    revoke: (token, kind) => tokenRevocation(config, token, { token_type_hint: kind }),
    startBrowser: (redirectUri, parameters) => startBrowser(config, redirectUri, parameters),
    startDevice: (parameters) => initiateDeviceAuthorization(config, { ...parameters }),
    askDevice: (code) => genericGrantRequest(config, deviceGrant, { device_code: code }),
    userInfo: (token) => fetchUserInfo(config, token, skipSubjectCheck),
  };
}

/**
 * A life that is none (`null`, a word) counts as one that was not said, one below nothing as none: issuers give such at the
 * end of a session, and openid-client would refuse the whole answer.
 */
async function withPlainLife(answer: Response): Promise<Response> {
  const text = await answer.text();
  const from = parseObject(text);
  const { status, headers } = answer;
  const given = (body: string): Response =>
    new Response(body === "" ? null : body, { status, headers });
  const isPlain = (readNumber(from?.["expires_in"]) ?? -1) >= 0;
  if (from?.["access_token"] === undefined || isPlain) return given(text);
  const { expires_in: said, ...rest } = from;
  const seconds =
    typeof said === "string" ? Number.parseFloat(said) : (readNumber(said) ?? Number.NaN);
  const life = Number.isFinite(seconds) ? { expires_in: Math.max(0, seconds) } : {};
  return given(JSON.stringify({ ...rest, ...life }));
}

/** Characters. What is longer no server takes in a header. */
const longestToken = 16_384;

/** Throws `source-invalid-answer` for a token that no request can carry. */
export function grantedTokens(answer: IssuerAnswer): GrantedTokens {
  const { access_token: accessToken, refresh_token: refreshToken = null } = answer;
  const isUsable = (token: string): boolean =>
    token.length <= longestToken && /^[!-~]+$/.test(token);
  if (!isUsable(accessToken) || (refreshToken ?? "").length > longestToken) {
    throw new SourceError(
      "source-invalid-answer",
      "The identity provider gave a token that no request can carry.",
    );
  }
  return {
    accessToken,
    expiresInSeconds: answer.expires_in ?? null,
    refreshToken,
    scope: answer.scope ?? null,
  };
}

export type ClientProof =
  | { readonly method: "none" }
  | { readonly method: "client_secret_basic" | "client_secret_post"; readonly secret: string }
  | { readonly method: "private_key_jwt"; readonly key: CryptoKey; readonly kid?: string };

/** As a form spells a value. */
const formEncoded = (value: string): string =>
  new URLSearchParams([["", value]]).toString().slice(1);

/**
 * As openid-client's own `ClientSecretBasic`, but that escapes what a form leaves alone (`-`, `.`, `_`), which issuers that
 * take the header as it stands do not know again.
 */
function clientSecretBasic(secret: string): ClientAuth {
  return (_issuer, { client_id: id }, _body, headers) => {
    const both = `${formEncoded(id)}:${formEncoded(secret)}`;
    headers.set("authorization", `Basic ${Buffer.from(both).toString("base64")}`);
  };
}

function clientAuthOf(proof: ClientProof): ClientAuth {
  if (proof.method === "none") return None();
  if (proof.method === "private_key_jwt") {
    const { key, kid } = proof;
    return PrivateKeyJwt(kid === undefined ? key : { key, kid });
  }
  const { method, secret } = proof;
  return method === "client_secret_post" ? ClientSecretPost(secret) : clientSecretBasic(secret);
}
