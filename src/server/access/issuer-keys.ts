import { createRemoteJWKSet, customFetch, type JWTVerifyGetKey } from "jose";
import { SitrepError } from "../../core/errors.ts";
import { readObject } from "../../core/read.ts";
import { capBody, requireParsable } from "../../http/capped-body.ts";
import { wellKnownUrls } from "../../sources/auth/issuer/rules.ts";
import { isSafeAddress } from "../http/host-check.ts";

const timeoutMs = 5000;

const largestResponse = 256 * 1024;

/** A `fetch` that limits the response's size before it is parsed. */
async function boundedFetch(url: string, options: RequestInit): Promise<Response> {
  const response = await fetch(url, { ...options, redirect: "error" });
  const body = await capBody("The issuer", response, { limit: largestResponse }).text();
  requireParsable("The issuer", body);
  return new Response(body === "" ? null : body, { status: response.status });
}

async function readJson(url: string): Promise<Record<string, unknown> | null> {
  const response = await boundedFetch(url, { signal: AbortSignal.timeout(timeoutMs) });
  return response.ok ? readObject(await response.json()) : null;
}

async function findJwksUrl(issuer: string): Promise<URL> {
  let cause: unknown;
  const { openIdAppended, oauth } = wellKnownUrls(new URL(issuer));
  for (const url of [openIdAppended, oauth]) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- the second place is only for an issuer without the first
      const metadata = await readJson(url);
      const place = metadata?.["jwks_uri"];
      if (metadata?.["issuer"] !== issuer || typeof place !== "string") continue;
      if (isSafeAddress(place)) return new URL(place);
      cause = new Error("its key URL does not use TLS");
    } catch (error) {
      cause = error;
    }
  }
  throw new SitrepError("sign-in-unavailable", `Could not find the keys for issuer ${issuer}.`, {
    hint: "Check SITREP_ISSUER, or set SITREP_JWKS_URL to its key URL.",
    cause,
  });
}

/** Throws `sign-in-unavailable` while the issuer does not answer; the next token asks again. */
export function createIssuerKeys(issuer: string | null, jwksUrl: string | null): JWTVerifyGetKey {
  let known: Promise<JWTVerifyGetKey> | null = null;
  const make = async (): Promise<JWTVerifyGetKey> =>
    createRemoteJWKSet(jwksUrl === null ? await findJwksUrl(issuer ?? "") : new URL(jwksUrl), {
      timeoutDuration: timeoutMs,
      [customFetch]: boundedFetch,
    });
  return async (header, token) => {
    known ??= make();
    try {
      const find = await known;
      return await find(header, token);
    } catch (error) {
      if (error instanceof SitrepError) known = null;
      throw error;
    }
  };
}
