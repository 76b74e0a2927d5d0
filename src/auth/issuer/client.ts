// A client at an issuer that has been found: the questions of OAuth and OpenID Connect, all over its line. What they throw
// is openid-client's: `issuerFailure` says what it means.

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
} from "openid-client";
import type {
  DeviceAuthorizationResponse,
  ServerMetadata,
  TokenEndpointResponse,
  TokenEndpointResponseHelpers,
} from "openid-client";
import type { GrantedTokens } from "../token-keeper-port.ts";
import { clientAuthOf } from "./client-auth.ts";
import type { ClientProof } from "./client-auth.ts";
import type { IssuerLine } from "./line.ts";

export type IssuerMetadata = ServerMetadata;
export type IssuerAnswer = TokenEndpointResponse & TokenEndpointResponseHelpers;
export type DeviceAnswer = DeviceAuthorizationResponse;
/** `scope`, `resource`, `audience` and the like: those that are to be sent. */
export type GrantParameters = Readonly<Record<string, string>>;

/** A sign-in in the browser that has begun: PKCE (S256), with its own `state`. */
export interface BrowserGrant {
  /** For a person to open. */
  readonly address: URL;
  /** The tokens for the redirect's address with what came along; `state` and `iss` are checked before anything is sent. */
  exchange(answer: URL, parameters: GrantParameters): Promise<IssuerAnswer>;
}

export interface IssuerClient {
  /** For messages and failures. */
  readonly line: IssuerLine;
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

const deviceGrant = "urn:ietf:params:oauth:grant-type:device_code";

export function createIssuerClient(
  metadata: IssuerMetadata,
  clientId: string,
  proof: ClientProof,
  line: IssuerLine,
): IssuerClient {
  const config = new Configuration(metadata, clientId, {}, clientAuthOf(proof));
  config[customFetch] = line.fetch;
  // Which addresses may be in the clear is judged by the line.
  allowInsecureRequests(config);
  return {
    line,
    clientCredentials: (parameters) => clientCredentialsGrant(config, { ...parameters }),
    refresh: (token, parameters) => refreshTokenGrant(config, token, { ...parameters }),
    revoke: (token, kind) => tokenRevocation(config, token, { token_type_hint: kind }),
    startBrowser: (redirectUri, parameters) => startBrowser(config, redirectUri, parameters),
    startDevice: (parameters) => initiateDeviceAuthorization(config, { ...parameters }),
    askDevice: (code) => genericGrantRequest(config, deviceGrant, { device_code: code }),
    userInfo: (token) => fetchUserInfo(config, token, skipSubjectCheck),
  };
}

export const grantedTokens = (answer: IssuerAnswer): GrantedTokens => ({
  accessToken: answer.access_token,
  expiresInSeconds: answer.expires_in ?? null,
  refreshToken: answer.refresh_token ?? null,
  scope: answer.scope ?? null,
});
