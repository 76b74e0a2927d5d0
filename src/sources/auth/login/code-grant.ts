// Authorization code with PKCE (RFC 7636). The redirect comes to this machine (RFC 8252, 7.3).

import { EventEmitter, once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { SitrepError } from "../../../core/errors.ts";
import { abortable } from "../../../http/deadline.ts";
import type { GrantParameters, TokenResponse, IssuerClient } from "../issuer/client.ts";
import {
  browserCode,
  isBrowserResponseRefused,
  issuerFailure,
  signInDenied,
} from "../issuer/failure.ts";

export interface CodeRequest {
  readonly name: string;
  readonly client: IssuerClient;
  readonly redirect: LoopbackRedirect;
  readonly parameters: GrantParameters;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly onAddress: (url: URL) => void;
}

function failureOf({ name, client }: CodeRequest, error: unknown): Error {
  const code = browserCode(error);
  if (code === "access_denied") return signInDenied(name);
  if (code === null && !isBrowserResponseRefused(error)) {
    return issuerFailure(client.http.rules, error);
  }
  const what =
    code === null ? "is not for this sign-in (wrong state or issuer)" : `is an error: ${code}`;
  const message = `The response from ${name}'s identity provider ${what}.`;
  // Without the cause: openid-client's contains the code and the state.
  return new SitrepError("sign-in-failed", message, {
    hint: `No code was exchanged. Sign in again: sitrep login ${name}`,
  });
}

/** OpenID providers give a refresh token for `offline_access` only if they ask the person. */
const promptFor = (scope: string | undefined): Record<string, string> =>
  scope?.split(" ").includes("offline_access") === true ? { prompt: "consent" } : {};

/** Throws `sign-in-denied`, `sign-in-expired`, `sign-in-failed`, `cancelled`, `SourceError`. */
export async function signInByBrowser(request: CodeRequest): Promise<TokenResponse> {
  const { client, redirect, parameters, signal } = request;
  const { scope, ...more } = parameters;
  const prompt = promptFor(scope);
  const grant = await client.startBrowser(redirect.uri, { ...parameters, ...prompt });
  request.onAddress(grant.address);
  const response = await redirect.response(request.timeoutMs, signal);
  try {
    return await grant.exchange(response, more);
  } catch (error) {
    throw failureOf(request, error);
  }
}

export interface LoopbackRedirect extends Disposable {
  readonly port: number;
  readonly uri: string;
  /** The redirect's address with its parameters; the first one ends the wait. Throws `sign-in-expired`, `cancelled`. */
  response(timeoutMs: number, signal: AbortSignal): Promise<URL>;
}

const path = "/callback";
const page = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Sitrep</title>
<body style="font: 16px sans-serif; margin: 3em"><p>Sitrep has received the response. See your terminal for the result.</p>
<p>You can close this page.</p></body></html>`;

function respond(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    connection: "close",
  });
  response.end(body);
}

/** Null when another program has the port. */
async function listen(server: Server, port: number): Promise<number | null> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE" || error.code === "EACCES") resolve(null);
      else reject(error);
    });
    server.listen(port, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}

/** Listens on `wanted`, or on a free port when that is null or in use. Only 127.0.0.1 can reach it. */
export async function openLoopbackRedirect(wanted: number | null): Promise<LoopbackRedirect> {
  const arrivals = new EventEmitter<{ response: [URL] }>();
  const first = once(arrivals, "response").then(([url]) => url as URL);
  let isTaken = false;
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    const url = URL.parse(request.url ?? "/", uri);
    // Another `Host` means a web page whose own name resolves to this machine.
    const isOurs = request.headers.host === new URL(uri).host && url?.pathname === path;
    if (url === null || !isOurs || request.method !== "GET") return respond(response, 404, "");
    if (isTaken) return respond(response, 410, "");
    isTaken = true;
    respond(response, 200, page);
    arrivals.emit("response", url);
  };
  let server = createServer(onRequest);
  let port = wanted === null ? null : await listen(server, wanted);
  if (port === null) {
    server = createServer(onRequest);
    port = (await listen(server, 0)) ?? 0;
  }
  const uri = `http://127.0.0.1:${port}${path}`;
  return {
    port,
    uri,
    response: async (timeoutMs, caller) => {
      const signal = AbortSignal.any([caller, AbortSignal.timeout(timeoutMs)]);
      try {
        return await abortable(signal, () => first);
      } catch {
        if (caller.aborted) throw new SitrepError("cancelled", "The sign-in was cancelled.");
        throw new SitrepError("sign-in-expired", "Nobody signed in before the time limit.", {
          hint: "Run the command again. In a remote shell, use sitrep login --device if the provider offers it.",
        });
      }
    },
    [Symbol.dispose]: () => {
      server.close();
      server.closeIdleConnections();
    },
  };
}
