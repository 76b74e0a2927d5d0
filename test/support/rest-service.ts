// Serves the REST routes over a real store and real HTTP on loopback, with a minimal sign-in: a bearer token names a
// principal.

import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { onTestFinished } from "vitest";
import type { TaskBackend } from "../../src/server/backend.ts";
import { plainProjectNames } from "../../src/server/backends/project-names.ts";
import type { Principal } from "../../src/server/principal.ts";
import { createRestRoutes } from "../../src/server/rest/routes.ts";
import type { RestEnv, RestOptions } from "../../src/server/rest/routes.ts";
import { createStoreBackend, dayMs } from "../../src/server/backends/store-backend.ts";
import { openStore } from "../../src/store/database/database.ts";
import { aPrincipal } from "./principals.ts";
import { temporaryFolder } from "./temporary.ts";

export interface RestResponse {
  status: number;
  headers: Headers;
  body: unknown;
}

export interface RestService {
  url: string;
  backend: TaskBackend;
  /** The principals by token. Contains `ana`, who has every permission of the organization `acme`. */
  principals: Map<string, Principal>;
  /** The failures that the service reported as its own. */
  failures: unknown[];
  ask: (
    method: string,
    path: string,
    options?: { token?: string | null; body?: unknown; headers?: Record<string, string> },
  ) => Promise<RestResponse>;
}

/** Makes a backend with its own store, which is removed at the end of the test. */
export async function temporaryBackend(): Promise<TaskBackend> {
  const backend = createStoreBackend({
    store: await openStore({ file: join(temporaryFolder(), "tasks.db") }),
    projects: plainProjectNames,
    clock: () => new Date(),
    reservationMs: dayMs,
  });
  onTestFinished(() => backend[Symbol.asyncDispose]());
  return backend;
}

async function listen(app: Hono<RestEnv>): Promise<string> {
  const server = serve({
    fetch: app.fetch,
    port: 0,
    hostname: "127.0.0.1",
    // A worker keeps its globals for the next file.
    overrideGlobalObjects: false,
  }) as Server;
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export async function startRestService(
  options: Partial<Pick<RestOptions, "backend" | "largestBodyBytes">> = {},
): Promise<RestService> {
  const backend = options.backend ?? (await temporaryBackend());
  const failures: unknown[] = [];
  const principals = new Map([["ana", aPrincipal()]]);
  const app = new Hono<RestEnv>();
  app.use(async (context, next) => {
    const token = /^Bearer (.+)$/.exec(context.req.header("authorization") ?? "")?.[1] ?? "";
    const principal = principals.get(token);
    if (principal !== undefined) context.set("principal", principal);
    await next();
  });
  const report = (error: unknown): void => void failures.push(error);
  app.route("/", createRestRoutes({ ...options, backend, version: "1.2.3", onFailure: report }));
  const url = await listen(app);
  return {
    url,
    backend,
    principals,
    failures,
    ask: async (method, path, { token = "ana", body, headers = {} } = {}) => {
      const response = await fetch(url + path, {
        method,
        headers: {
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...headers,
        },
        ...(body === undefined
          ? {}
          : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, headers: response.headers, body: JSON.parse(text) };
    },
  };
}
