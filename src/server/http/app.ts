// The server's routes: public ones, then the request guard, then MCP, metrics and REST.

import { jsonResponse } from "../../state/output/json-output.ts";
import type { HttpBindings } from "@hono/node-server";
import { Hono, type Context, type Next } from "hono";
import type { McpEndpoint } from "../mcp/http-endpoint.ts";
import type { Observer, SeenRequest } from "../observe/observer.ts";
import type { Tracing } from "../observe/tracing.ts";
import { mayUse, type Principal } from "../principal.ts";
import { findRestRoute, type RestEnv } from "../rest/routes.ts";
import type { RequestGuard, RequestHead } from "./request-guard.ts";
import { metadataPath, resourceMetadata, type ResourceSettings } from "./resource-metadata.ts";
import { refuse, refuseWith, refusePermission } from "../problem.ts";
import type { InFlight } from "./in-flight.ts";
import { addProbes, showMetrics, type ProbeDeps } from "./probes.ts";

export interface ServerEnv {
  Bindings: HttpBindings;
  Variables: { principal: Principal };
}

export type Routes = Hono<ServerEnv>;

export interface AppDeps extends ProbeDeps {
  readonly guard: RequestGuard;
  readonly mcp: McpEndpoint;
  /** They read the variable `principal`; their OpenAPI document is public. */
  readonly rest: Hono<RestEnv>;
  /** Pages for people, with sign-in and sessions of their own; null for none. */
  readonly board: Routes | null;
  readonly resource: ResourceSettings;
  readonly inFlight: InFlight;
  readonly observer: Pick<Observer, "request" | "fault">;
  readonly tracing: Pick<Tracing, "request">;
}

type ServerContext = Context<ServerEnv>;

const headOf = (context: ServerContext): RequestHead => ({
  headers: context.env.incoming.headers,
  peer: context.env.incoming.socket.remoteAddress ?? "",
  url: context.req.url,
});

async function serveMcp(
  context: ServerContext,
  { guard, mcp, inFlight }: AppDeps,
): Promise<Response> {
  const { principal } = context.var;
  const { incoming, outgoing } = context.env;
  const message = await mcp.read(incoming);
  if (message instanceof Response) return message;
  const refused = await guard.refuseExcess(principal, message.count);
  if (refused !== null) return refused;
  if (message.isStream) {
    const end = guard.holdConnection(principal, headOf(context), () => outgoing.destroy());
    if (end instanceof Response) return end;
    if (outgoing.destroyed) end();
    else outgoing.once("close", end);
    inFlight.release(incoming);
  }
  return mcp.serve({ url: context.req.url, incoming, outgoing }, message, principal);
}

function addPublicRoutes(app: Routes, deps: AppDeps): void {
  addProbes(app, deps);
  app.get("/openapi.json", (context) => deps.rest.fetch(context.req.raw));
  for (const path of [metadataPath, `${metadataPath}/mcp`]) {
    app.get(path, (context) => {
      const metadata = resourceMetadata(deps.resource, context.req.url);
      return metadata === null ? context.notFound() : jsonResponse(metadata);
    });
  }
}

const isMcpPath = (path: string): boolean => path === "/mcp" || path === "/mcp/";

const ownRoutes = ["/health", "/healthz", "/readyz", "/metrics", "/openapi.json", metadataPath];

const boardPages = ["task", "people", "changes", "events", "move", "assign", "comment", "add"];
const boardRoutes = [
  "/",
  "/board",
  ...boardPages.map((name) => `/board/${name}`),
  "/sign-in",
  "/sign-in/start",
  "/sign-in/callback",
  "/sign-out",
];

function routeOf(path: string): string | null {
  if (isMcpPath(path)) return "/mcp";
  if (/^\/board\/(?:style|script)\.[0-9a-f]+\.\w+$/.test(path)) return "/board/{file}";
  return ownRoutes.includes(path) || boardRoutes.includes(path) ? path : findRestRoute(path);
}

function addGuard(app: Routes, { guard }: AppDeps): void {
  app.use(async (context: ServerContext, next: Next) => {
    const principal = await guard.signIn(headOf(context));
    if (principal instanceof Response) return principal;
    context.set("principal", principal);
    // MCP messages are counted when the body is read, because it may have many.
    const path = new URL(context.req.url).pathname;
    const refused = isMcpPath(path) ? null : await guard.refuseExcess(principal, 1);
    return refused ?? next();
  });
}

export function createServerApp(deps: AppDeps): Routes {
  const { guard, observer, inFlight, tracing } = deps;
  const app = new Hono<ServerEnv>();
  const response = async (context: ServerContext, next: Next): Promise<SeenRequest> => {
    const started = performance.now();
    const refused = inFlight.isStopping
      ? refuse("going-down", {}, { connection: "close" })
      : guard.refuseHost(headOf(context));
    if (refused === null) await next();
    else context.res = refused;
    return {
      method: context.req.method,
      route: routeOf(new URL(context.req.url).pathname),
      status: context.res.status,
      durationMs: performance.now() - started,
      principal: context.get("principal") ?? null,
    };
  };
  app.use(async (context, next) => {
    const { headers } = context.env.incoming;
    observer.request(await tracing.request(headers, () => response(context, next)));
  });
  addPublicRoutes(app, deps);
  if (deps.board !== null) app.route("/", deps.board);
  addGuard(app, deps);
  for (const path of ["/mcp", "/mcp/"]) app.all(path, (context) => serveMcp(context, deps));
  app.get("/metrics", (context) =>
    mayUse(context.var.principal, "admin")
      ? showMetrics(context, deps.metrics)
      : refusePermission("admin"),
  );
  app.route("/", deps.rest);
  app.notFound(() => refuse("not-found"));
  app.onError((error) => {
    observer.fault(error);
    return refuseWith(error);
  });
  return app;
}
