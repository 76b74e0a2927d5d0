// Reads and tests the certificate and key of `--tls-cert` and `--tls-key` before the server listens.

import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import { SitrepError } from "../core/errors.ts";
import type { ListenSettings } from "./http/listener.ts";

function pem(option: string, file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new SitrepError("usage", `${option}: cannot read ${file}.`, { cause });
  }
}

/** Null for neither. Throws `usage`. */
export function readTlsFiles({
  tlsCert,
  tlsKey,
}: {
  readonly tlsCert?: string;
  readonly tlsKey?: string;
}): ListenSettings["tls"] {
  if (tlsCert === undefined && tlsKey === undefined) return null;
  if (tlsCert === undefined || tlsKey === undefined) {
    throw new SitrepError("usage", "--tls-cert and --tls-key must be used together.");
  }
  const tls = { cert: pem("--tls-cert", tlsCert), key: pem("--tls-key", tlsKey) };
  try {
    createSecureContext(tls);
    return tls;
  } catch (cause) {
    const what = `--tls-cert ${tlsCert} and --tls-key ${tlsKey} do not match, or are not PEM.`;
    throw new SitrepError("usage", what, { hint: "The key must not have a passphrase.", cause });
  }
}
