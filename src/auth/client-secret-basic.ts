// A client that shows its secret by HTTP Basic (RFC 6749, section 2.3.1).

import type { ClientAuth } from "openid-client";

/** As a form spells a value. */
const formEncoded = (value: string): string =>
  new URLSearchParams([["", value]]).toString().slice(1);

/**
 * As openid-client's own `ClientSecretBasic`, but that escapes what a form leaves alone (`-`, `.`, `_`), which issuers that
 * take the header as it stands do not know again.
 */
export function clientSecretBasic(secret: string): ClientAuth {
  return (_issuer, { client_id: id }, _body, headers) => {
    const both = `${formEncoded(id)}:${formEncoded(secret)}`;
    headers.set("authorization", `Basic ${Buffer.from(both).toString("base64")}`);
  };
}
