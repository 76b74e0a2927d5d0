// Clients up to 2025-11-25 subscribe by a GET stream, which needs no session, so any server can serve it.

import { AsyncLocalStorage } from "node:async_hooks";
import type { ServerEvent, ServerEventBus } from "@modelcontextprotocol/server";
import type { BackendWrite } from "../backends/wrap-calls.ts";
import { taskUri } from "../tools/resources.ts";

export interface ChangeBus extends ServerEventBus {
  /** Subscriptions made during `work`, also by the SDK's streams, get the events of this organization. */
  runFor<T>(organization: string, work: () => T): T;
  publishWrite(write: BackendWrite): void;
}

type Listener = (event: ServerEvent) => void;

/** `alsoTo`: gets each write too. */
export function createChangeBus(alsoTo: (write: BackendWrite) => void): ChangeBus {
  const listeners = new Map<Listener, string>();
  const current = new AsyncLocalStorage<string>();
  function publishTo(organization: string | null, event: ServerEvent): void {
    for (const [listener, own] of listeners) {
      if (organization === null || own === organization) listener(event);
    }
  }
  return {
    runFor: (organization, work) => current.run(organization, work),
    publishWrite: (write) => {
      const { organization, tasks } = write;
      alsoTo(write);
      // New and closed tasks change the list.
      if (tasks?.length !== 0) publishTo(organization, { kind: "resources_list_changed" });
      for (const { project, id } of tasks ?? []) {
        publishTo(organization, { kind: "resource_updated", uri: taskUri(project, id) });
      }
    },
    publish: (event) => publishTo(null, event),
    subscribe: (listener) => {
      const organization = current.getStore();
      if (organization === undefined) throw new Error("a subscription without a principal");
      // The same function may subscribe twice: each subscription needs its own entry.
      const own: Listener = (event) => listener(event);
      listeners.set(own, organization);
      return () => void listeners.delete(own);
    },
  };
}

const maxStreams = 1024;
const keepAliveMs = 15_000;

const listChanged = { jsonrpc: "2.0", method: "notifications/resources/list_changed" };

export function createChangeStreams(bus: ChangeBus) {
  const open = new Set<WritableStreamDefaultWriter<string>>();
  return {
    /** Null when too many are open. Ends with `signal`. */
    open: (organization: string, signal: AbortSignal): Response | null => {
      if (open.size >= maxStreams) return null;
      const { readable, writable } = new TextEncoderStream();
      const writer = writable.getWriter();
      const write = (text: string): void => void writer.write(text).catch(() => undefined);
      const unsubscribe = bus.runFor(organization, () =>
        bus.subscribe(({ kind }) => {
          if (kind !== "resources_list_changed") return;
          write(`event: message\ndata: ${JSON.stringify(listChanged)}\n\n`);
        }),
      );
      const timer = setInterval(() => write(": still here\n\n"), keepAliveMs).unref();
      const cut = (): void => void writer.abort().catch(() => undefined);
      signal.addEventListener("abort", cut, { once: true });
      const end = (): void => {
        open.delete(writer);
        clearInterval(timer);
        unsubscribe();
        signal.removeEventListener("abort", cut);
      };
      open.add(writer);
      // `closed` rejects when the other end has closed the stream.
      writer.closed.then(end, end);
      write(": open\n\n");
      return new Response(readable, {
        headers: { "content-type": "text/event-stream", "cache-control": "no-store" },
      });
    },
    close: (): void => {
      for (const writer of open) writer.close().catch(() => undefined);
    },
  };
}
