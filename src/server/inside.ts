// What is behind a task server's door: the backend, the tools over it, and the transports that carry them.

import { announceWrites } from "./backends/announcing-backend.ts";
import type { Written } from "./backends/announcing-backend.ts";
import type { TaskBackend } from "./backend.ts";
import { createMcpEndpoint } from "./mcp/http-endpoint.ts";
import type { MakeServer, McpEndpoint } from "./mcp/http-endpoint.ts";
import { createOrganizationBus } from "./mcp/organization-bus.ts";
import type { OrganizationBus } from "./mcp/organization-bus.ts";
import { createSocketEndpoint } from "./mcp/socket-endpoint.ts";
import type { SocketEndpoint } from "./mcp/socket-endpoint.ts";
import type { Observer } from "./observe/observer.ts";
import type { Principal } from "./principal.ts";
import { createToolCache } from "./result-cache.ts";
import type { ServeParts, ServeSettings } from "./serve-parts.ts";
import { taskUriOf } from "./tools/resources.ts";
import { createTaskServer } from "./tools/task-server.ts";
import type { Around } from "./tools/task-server.ts";

function announceOn(bus: OrganizationBus, { organization, tasks }: Written): void {
  // A new one, and one that is over, make the list another.
  if (tasks.length > 0) bus.publishTo(organization, { kind: "resources_list_changed" });
  for (const { project, id } of tasks) {
    bus.publishTo(organization, { kind: "resource_updated", uri: taskUriOf(project, id) });
  }
}

function serverMaker(
  { version }: ServeSettings,
  backend: TaskBackend,
  observer: Observer,
  around: Around,
): MakeServer {
  return (principal: Principal) =>
    createTaskServer({
      backend,
      principal,
      version,
      project: null,
      observe: observer.toolCall,
      around,
      // Every client of the organisation is told, by what announces the backend's writes.
      onChange: () => undefined,
    });
}

export interface Endpoints {
  readonly backend: TaskBackend;
  readonly mcp: McpEndpoint;
  readonly sockets: SocketEndpoint;
}

/** Every write, by whichever way, empties the cache and is told to who listens. */
export function createEndpoints(
  settings: ServeSettings,
  parts: ServeParts,
  observer: Observer,
): Endpoints {
  const bus = createOrganizationBus();
  const cache = createToolCache(settings.toolCacheMs, parts.clock, observer.cacheLookup);
  const backend = announceWrites(parts.backend, (written) => {
    cache.forget(written.organization);
    announceOn(bus, written);
  });
  const makeServer = parts.makeServer ?? serverMaker(settings, backend, observer, cache.around);
  const onFault = (error: unknown): void => parts.log.report(error);
  return {
    backend,
    mcp: createMcpEndpoint(makeServer, bus, onFault),
    sockets: createSocketEndpoint({ makeServer, bus, onFault }),
  };
}
