// Server-sent events that name the project that changed. The page then requests the changes.

import { randomUUID } from "node:crypto";
import type { BackendWrite } from "../backends/wrap-calls.ts";

interface OpenStream {
  readonly organization: string;
  /** Null: all projects of the organization. */
  readonly project: string | null;
  readonly write: (text: string) => void;
  readonly end: () => void;
}

const keepAliveMs = 15_000;
const maxWaiting = 16;

export type LiveStreams = ReturnType<typeof createLiveStreams>;

export function createLiveStreams() {
  const streams = new Set<OpenStream>();
  /** Changes by organization that this process knows of. `null`: changes in any organization. */
  const counts = new Map<string | null, number>();
  const begun = randomUUID();
  const versionOf = (organization: string): string =>
    `${begun} ${counts.get(organization) ?? 0} ${counts.get(null) ?? 0}`;
  const timer = setInterval(() => {
    for (const { write } of streams) write(": still here\n\n");
  }, keepAliveMs).unref();
  return {
    /** Each page contains it, and a stream sends it first. If they differ, the page has missed a change. */
    versionOf,
    open: (organization: string, project: string | null): Response => {
      const { readable, writable } = new TextEncoderStream();
      const writer = writable.getWriter();
      const stream: OpenStream = {
        organization,
        project,
        // Drops events for a browser that does not read: another one would add nothing.
        write: (text) => {
          if ((writer.desiredSize ?? 0) > -maxWaiting)
            void writer.write(text).catch(() => undefined);
        },
        end: () => void writer.close().catch(() => undefined),
      };
      const leave = (): void => void streams.delete(stream);
      streams.add(stream);
      writer.closed.then(leave, leave);
      stream.write(`retry: 1000\nevent: version\ndata: ${versionOf(organization)}\n\n`);
      return new Response(readable, {
        headers: { "content-type": "text/event-stream", "x-accel-buffering": "no" },
      });
    },
    publishWrite: ({ organization, tasks }: BackendWrite): void => {
      // The write was not of a task, but for example of a ticket.
      if (tasks?.length === 0) return;
      counts.set(organization, (counts.get(organization) ?? 0) + 1);
      for (const one of streams) {
        const isOwn = organization === null || organization === one.organization;
        const isShown =
          tasks === null ||
          one.project === null ||
          tasks.some((task) => task.project === one.project);
        if (isOwn && isShown) one.write("event: change\ndata: {}\n\n");
      }
    },
    close: (): void => {
      clearInterval(timer);
      for (const { end } of streams) end();
    },
  };
}
