// Run as a process by tests: a server of the REST routes over one store, on a free port of loopback. The bearer token is
// the organisation. Says its address, and ends with its standard input.

import { once } from "node:events";
import { writeSync } from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { plainProjectNames } from "../../src/server/backends/project-names.ts";
import { createRestRoutes } from "../../src/server/rest/routes.ts";
import type { RestEnv } from "../../src/server/rest/routes.ts";
import { createStoreBackend, dayMs } from "../../src/server/backends/store-backend.ts";
import { openStore } from "../../src/store/open-store.ts";
import { aPrincipal } from "./principals.ts";

const [address = ""] = process.argv.slice(2);
const backend = createStoreBackend({
  store: await openStore(address.startsWith("postgres:") ? { url: address } : { file: address }),
  projects: plainProjectNames,
  clock: () => new Date(),
  reservationMs: dayMs,
});
const app = new Hono<RestEnv>();
app.use(async (context, next) => {
  const [, token = ""] = (context.req.header("authorization") ?? "").split(" ");
  if (token !== "") context.set("principal", aPrincipal({ organization: token }));
  await next();
});
const onFailure = (error: unknown): void => void writeSync(2, `${String(error)}\n`);
app.route("/", createRestRoutes({ backend, version: "test", onFailure }));
const server = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }) as Server;
await once(server, "listening");
writeSync(1, `http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
process.stdin.resume();
await once(process.stdin, "end");
server.closeAllConnections();
server.close();
await backend[Symbol.asyncDispose]();
