// The stream that a client of the revisions to 2025-11-25 opens with GET: changes of lists, and nothing else. It is not
// resumable and belongs to no session, so any of several servers can serve it.

import type { ServerEvent } from "@modelcontextprotocol/server";
import type { OrganizationBus } from "./organization-bus.ts";

const mostStreams = 1024;
const keepAliveMs = 15_000;

const methods: Partial<Record<ServerEvent["kind"], string>> = {
  tools_list_changed: "notifications/tools/list_changed",
  prompts_list_changed: "notifications/prompts/list_changed",
  resources_list_changed: "notifications/resources/list_changed",
};

export interface ChangeStreams {
  /** Null when too many are open. Ends with `signal`. */
  open(organization: string, signal: AbortSignal): Response | null;
  /** Ends all of them. */
  close(): void;
}

export function createChangeStreams(bus: OrganizationBus): ChangeStreams {
  const open = new Set<() => void>();

  function streamFor(organization: string, signal: AbortSignal): ReadableStream<Uint8Array> {
    const encoder = new TextEncoder();
    let end: (() => void) | null = null;
    return new ReadableStream<Uint8Array>({
      start: (controller) => {
        const write = (text: string): void => controller.enqueue(encoder.encode(text));
        const unsubscribe = bus.runFor(organization, () =>
          bus.subscribe(({ kind }) => {
            const method = methods[kind];
            if (method === undefined) return;
            write(`event: message\ndata: ${JSON.stringify({ jsonrpc: "2.0", method })}\n\n`);
          }),
        );
        const timer = setInterval(() => write(": still here\n\n"), keepAliveMs).unref();
        const endThis = (): void => {
          if (!open.delete(endThis)) return;
          clearInterval(timer);
          unsubscribe();
          signal.removeEventListener("abort", endThis);
          try {
            controller.close();
          } catch {
            // The other end has closed it.
          }
        };
        end = endThis;
        open.add(endThis);
        signal.addEventListener("abort", endThis, { once: true });
        write(": open\n\n");
      },
      cancel: () => end?.(),
    });
  }

  return {
    open: (organization, signal) =>
      open.size >= mostStreams
        ? null
        : new Response(streamFor(organization, signal), {
            headers: { "content-type": "text/event-stream", "cache-control": "no-store" },
          }),
    close: () => {
      for (const end of open) end();
    },
  };
}
