import { SitrepError } from "../core/errors.ts";

/** No secret leaves while NODE_TLS_REJECT_UNAUTHORIZED is 0; Node reads it at each connection. */
export function requireCheckedTls(
  env: Readonly<Record<string, string | undefined>> = process.env,
): void {
  if (env["NODE_TLS_REJECT_UNAUTHORIZED"] !== "0") return;
  throw new SitrepError(
    "tls-off",
    "NODE_TLS_REJECT_UNAUTHORIZED=0 turns certificate checks off, so no secret is sent.",
    { hint: "Unset it. For a private CA: NODE_EXTRA_CA_CERTS=/path/to/ca.pem sitrep install" },
  );
}
