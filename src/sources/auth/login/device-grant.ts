// Signs a person in on any other device (RFC 8628): shows a code, and polls the issuer until the person has entered it.

import { setTimeout } from "node:timers/promises";
import { SitrepError } from "../../../core/errors.ts";
import { cleanText } from "../../../core/quote.ts";
import { SourceError } from "../../../core/source-error.ts";
import { abortable } from "../../../http/deadline.ts";
import type {
  DeviceResponse,
  GrantParameters,
  TokenResponse,
  IssuerClient,
} from "../issuer/client.ts";
import { issuerFailure, oauthCode, signInDenied } from "../issuer/failure.ts";
import type { InsecureReason } from "../issuer/rules.ts";

export interface DeviceCode {
  readonly userCode: string;
  readonly verificationUri: string;
  readonly completeUri: string | null;
  readonly expiresInSeconds: number;
}

export interface DeviceRequest {
  readonly name: string;
  readonly client: IssuerClient;
  readonly parameters: GrantParameters;
  readonly signal: AbortSignal;
  readonly whyInsecure: InsecureReason;
  readonly onCode: (code: DeviceCode) => void;
}

/** RFC 8628, sections 3.2 and 3.5. */
const defaultIntervalMs = 5000;
const slowDownMs = 5000;
const maxIntervalMs = 60_000;
const maxLifeSeconds = 1800;

/** Null for an address that must not be shown. */
function shownAddress(request: DeviceRequest, address: string | undefined): string | null {
  const url = URL.parse(address ?? "");
  if (url === null || !/^https?:$/.test(url.protocol)) return null;
  return request.whyInsecure(url.href) === null ? url.href : null;
}

function codeOf(request: DeviceRequest, response: DeviceResponse): DeviceCode {
  const verificationUri = shownAddress(request, response.verification_uri);
  if (verificationUri === null) {
    throw new SourceError(
      "source-invalid-response",
      `${request.name}'s identity provider did not give a safe URL for entering the code.`,
    );
  }
  return {
    userCode: cleanText(response.user_code, 40),
    verificationUri,
    completeUri: shownAddress(request, response.verification_uri_complete),
    expiresInSeconds: Math.min(Math.max(1, response.expires_in), maxLifeSeconds),
  };
}

const expired = (name: string): SitrepError =>
  new SitrepError("sign-in-expired", `The code for ${name} expired before it was used.`, {
    hint: `To get a new code: sitrep login ${name}`,
  });

/** True when only this request failed: the next one may succeed. */
const isTransient = (error: unknown): boolean =>
  error instanceof SourceError &&
  ["source-unreachable", "source-timeout", "source-rate-limited"].includes(error.code);

/** Additional wait between further polls. Throws an error that ends the polling. */
function delayAfter({ name, client }: DeviceRequest, error: unknown): number {
  const code = oauthCode(error);
  if (code === "authorization_pending") return 0;
  if (code === "slow_down") return slowDownMs;
  if (code === "expired_token") throw expired(name);
  if (code === "access_denied") throw signInDenied(name);
  const failure = issuerFailure(client.http.rules, error);
  if (isTransient(failure)) return slowDownMs;
  throw failure;
}

async function poll(request: DeviceRequest, response: DeviceResponse): Promise<TokenResponse> {
  const { client, signal } = request;
  let intervalMs = Math.min((response.interval ?? defaultIntervalMs / 1000) * 1000, maxIntervalMs);
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- one poll after another
    await setTimeout(Math.max(intervalMs, 100), undefined, { signal });
    try {
      // oxlint-disable-next-line no-await-in-loop -- one poll after another
      return await client.askDevice(response.device_code);
    } catch (error) {
      intervalMs += delayAfter(request, error);
    }
  }
}

/** Ends at once with the signal. Throws `sign-in-denied`, `sign-in-expired`, `cancelled`, `SourceError`. */
export async function signInByDevice(request: DeviceRequest): Promise<TokenResponse> {
  const { name, client, parameters } = request;
  const response = await client.startDevice(parameters).catch((error: unknown) => {
    throw issuerFailure(client.http.rules, error);
  });
  const code = codeOf(request, response);
  request.onCode(code);
  const life = AbortSignal.timeout(code.expiresInSeconds * 1000);
  const signal = AbortSignal.any([request.signal, life]);
  try {
    return await abortable(signal, () => poll({ ...request, signal }, response));
  } catch (error) {
    if (request.signal.aborted) throw new SitrepError("cancelled", "The sign-in was cancelled.");
    if (life.aborted) throw expired(name);
    throw error;
  }
}
