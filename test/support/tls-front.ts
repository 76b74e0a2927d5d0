// A TLS proxy in front of a test server, with a certificate that no client trusts by default.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createServer } from "node:tls";
import { onTestFinished } from "vitest";
import { temporaryFolder } from "./temporary.ts";

export interface TlsFront {
  readonly origin: string;
  /** The CA file that makes its certificate trusted. */
  readonly authority: string;
}

/** Forwards everything to the server at `behind` until the end of the test. */
export async function startTlsFront(behind: string): Promise<TlsFront> {
  const folder = temporaryFolder();
  const [key, authority] = [join(folder, "key.pem"), join(folder, "ca.pem")];
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
  const kind = ["-x509", "-days", "1", "-nodes", "-newkey", "rsa:2048"];
  execFileSync("openssl", ["req", ...kind, ...subject, "-keyout", key, "-out", authority], {
    stdio: "ignore",
  });
  const secrets = { key: readFileSync(key), cert: readFileSync(authority) };
  const server = createServer(secrets, (front) => {
    const back = connect(Number(new URL(behind).port), "127.0.0.1");
    front.pipe(back).pipe(front);
    front.on("error", () => back.destroy());
    back.on("error", () => front.destroy());
  });
  // A client that does not trust the certificate closes the connection.
  server.on("tlsClientError", () => undefined);
  await new Promise<void>((resolve) => void server.listen(0, "localhost", () => resolve()));
  onTestFinished(() => void server.close());
  return { origin: `https://localhost:${(server.address() as AddressInfo).port}`, authority };
}
