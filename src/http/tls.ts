// No secret leaves while Node has been told not to check certificates.

import { SitrepError } from "../core/errors.ts";

/** Throws `tls-off`. `env`: of the process that would send the secret; Node reads it at each connection. */
export function requireCheckedTls(
  env: Readonly<Record<string, string | undefined>> = process.env,
): void {
  if (env["NODE_TLS_REJECT_UNAUTHORIZED"] !== "0") return;
  throw new SitrepError(
    "tls-off",
    "NODE_TLS_REJECT_UNAUTHORIZED=0 switches the check of certificates off: no secret is sent.",
    {
      hint: "Unset it. For a private authority: NODE_EXTRA_CA_CERTS=/path/to/ca.pem sitrep install",
    },
  );
}
