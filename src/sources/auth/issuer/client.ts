// It throws openid-client's errors, which `issuerFailure` translates.

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
  randomNonce,
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
export type TokenResponse = TokenEndpointResponse & TokenEndpointResponseHelpers;
export type DeviceResponse = DeviceAuthorizationResponse;
export type GrantParameters = Readonly<Record<string, string>>;

/** Without empty ones. `resource` is the server's name for itself (RFC 8707), `audience` is configured by a person. */
export function grantParameters(
  named: Readonly<Record<"scope" | "resource" | "audience", string | null | undefined>>,
): GrantParameters {
  const given = Object.entries(named).flatMap(([name, value]) => (value ? [[name, value]] : []));
  return Object.fromEntries(given) as GrantParameters;
}

async function startBrowser(
  config: Configuration,
  redirectUri: string,
  parameters: GrantParameters,
) {
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
    /** Exchanges the redirect's address for tokens. `state` and `iss` are checked before anything is sent. */
    exchange: (response: URL, more: GrantParameters): Promise<TokenResponse> =>
      authorizationCodeGrant(config, response, { pkceCodeVerifier, expectedState }, { ...more }),
  };
}

/** The secrets of a sign-in that another process may finish. */
export interface SignInProofs {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

async function beginSignIn(
  config: Configuration,
  redirectUri: string,
  parameters: GrantParameters,
): Promise<SignInProofs & { readonly address: URL }> {
  const [state, nonce, verifier] = [randomState(), randomNonce(), randomPKCECodeVerifier()];
  const address = buildAuthorizationUrl(config, {
    ...parameters,
    redirect_uri: redirectUri,
    state,
    nonce,
    code_challenge: await calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
  });
  return { address, state, nonce, verifier };
}

export const deviceGrant = "urn:ietf:params:oauth:grant-type:device_code";

export type IssuerClient = ReturnType<typeof createIssuerClient>;

export function createIssuerClient(
  metadata: IssuerMetadata,
  clientId: string,
  proof: ClientProof,
  http: IssuerHttp,
) {
  const config = new Configuration(metadata, clientId, {}, clientAuthOf(proof));
  config[customFetch] = async (url, request) => withPlainLife(await http.fetch(url, request));
  // `http` decides which addresses may be used without TLS.
  allowInsecureRequests(config);
  return {
    http,
    clientCredentials: (parameters: GrantParameters): Promise<TokenResponse> =>
      clientCredentialsGrant(config, { ...parameters }),
    refresh: (token: string, parameters: GrantParameters): Promise<TokenResponse> =>
      refreshTokenGrant(config, token, { ...parameters }),
    revoke: (token: string, kind: "refresh_token" | "access_token"): Promise<void> =>
      tokenRevocation(config, token, { token_type_hint: kind }),
    startBrowser: (redirectUri: string, parameters: GrantParameters) =>
      startBrowser(config, redirectUri, parameters),
    beginSignIn: (redirectUri: string, parameters: GrantParameters) =>
      beginSignIn(config, redirectUri, parameters),
    /** `state` and `iss` are checked before anything is sent, the ID token's `nonce` afterwards. */
    finishSignIn: (
      response: URL,
      { state: expectedState, nonce: expectedNonce, verifier: pkceCodeVerifier }: SignInProofs,
      more: GrantParameters,
    ): Promise<TokenResponse> => {
      const checks = { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true };
      return authorizationCodeGrant(config, response, checks, { ...more });
    },
    startDevice: (parameters: GrantParameters): Promise<DeviceResponse> =>
      initiateDeviceAuthorization(config, { ...parameters }),
    /** Polls once (RFC 8628, section 3.4). */
    askDevice: (deviceCode: string): Promise<TokenResponse> =>
      genericGrantRequest(config, deviceGrant, { device_code: deviceCode }),
    userInfo: (token: string) => fetchUserInfo(config, token, skipSubjectCheck),
  };
}

/** Some issuers send a negative or textual `expires_in`: openid-client would reject the response. */
async function withPlainLife(response: Response): Promise<Response> {
  const text = await response.text();
  const from = parseObject(text);
  const { status, headers } = response;
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

/** In characters. No server accepts a longer header. */
const maxTokenLength = 16_384;

/** Throws `source-invalid-response` for a token that cannot be sent in an HTTP header. */
export function grantedTokens(response: TokenResponse): GrantedTokens {
  const { access_token: accessToken, refresh_token: refreshToken = null } = response;
  const isUsable = (token: string): boolean =>
    token.length <= maxTokenLength && /^[!-~]+$/.test(token);
  if (!isUsable(accessToken) || (refreshToken ?? "").length > maxTokenLength) {
    throw new SourceError(
      "source-invalid-response",
      "The identity provider issued a token that cannot be sent in an HTTP header.",
    );
  }
  return {
    accessToken,
    expiresInSeconds: response.expires_in ?? null,
    refreshToken,
    scope: response.scope ?? null,
  };
}

export type ClientProof =
  | { readonly method: "none" }
  | { readonly method: "client_secret_basic" | "client_secret_post"; readonly secret: string }
  | { readonly method: "private_key_jwt"; readonly key: CryptoKey; readonly kid?: string };

const formEncoded = (value: string): string =>
  new URLSearchParams([["", value]]).toString().slice(1);

/** openid-client's own also escapes `-`, `.` and `_`; some issuers then reject the client. */
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
