// How a client shows itself at the token endpoint (RFC 6749, section 2.3.1; RFC 7523).

import { ClientSecretPost, None, PrivateKeyJwt } from "openid-client";
import type { ClientAuth, CryptoKey } from "openid-client";

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

export function clientAuthOf(proof: ClientProof): ClientAuth {
  if (proof.method === "none") return None();
  if (proof.method === "private_key_jwt") {
    const { key, kid } = proof;
    return PrivateKeyJwt(kid === undefined ? key : { key, kid });
  }
  const { method, secret } = proof;
  return method === "client_secret_post" ? ClientSecretPost(secret) : clientSecretBasic(secret);
}
