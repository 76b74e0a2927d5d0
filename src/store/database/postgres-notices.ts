// Notices of a PostgreSQL store, over a connection that does nothing else and is replaced when it breaks.

import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { parseObject, readItems } from "../../core/read.ts";
import type { StoreNotice, StoreNotices } from "./connection.ts";
import { anyChange } from "./file-notices.ts";

const connectTimeoutMs = 3000;
const responseTimeoutMs = 3000;
const testedEveryMs = 10_000;
const pauseMs = 250;
const endTimeoutMs = 500;

function taskIn(value: unknown): { project: string; id: string } | null {
  const [project, id] = Array.isArray(value) ? (value as unknown[]) : [];
  return typeof project === "string" && typeof id === "string" ? { project, id } : null;
}

/** As `notice-triggers.ts` writes it. Any other text may mean any change. */
function noticeIn(text: string): StoreNotice {
  const from = parseObject(text);
  if (from?.["keys"] === true) return { organization: "", tasks: [], ofKeys: true };
  const organization = from?.["organization"];
  if (typeof organization !== "string") return anyChange;
  const named = from?.["tasks"];
  const tasks = named === undefined ? null : readItems(named, taskIn);
  return { organization, tasks, ofKeys: false };
}

/** Connects and listens; `onEnd` is called once, when the connection breaks. Throws what the driver throws. */
async function connectTo(
  url: string,
  onNotice: (notice: StoreNotice) => void,
  onEnd: () => void,
): Promise<Client> {
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: connectTimeoutMs,
    query_timeout: responseTimeoutMs,
    application_name: "sitrep notices",
    keepAlive: true,
  });
  // Can be emitted more than once for a connection; without a listener it would end the process.
  client.on("error", () => undefined);
  client.on("notification", ({ payload = "" }) => onNotice(noticeIn(payload)));
  try {
    await client.connect();
    await client.query("listen sitrep");
    client.once("end", onEnd);
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
}

/** Listens on the database at `url`. Resolves after the first attempt to connect, whether it succeeded or not. */
export async function listenForNotices(
  url: string,
  onNotice: (notice: StoreNotice) => void,
): Promise<StoreNotices> {
  const closing = new AbortController();
  const { signal } = closing;
  const line: { client: Client | null } = { client: null };

  async function connectOnce(): Promise<void> {
    try {
      line.client = await connectTo(url, onNotice, () => void reconnect());
    } catch {
      return;
    }
    if (signal.aborted) return endLine();
    // Notices since the last connection are lost.
    onNotice(anyChange);
  }

  async function reconnect(): Promise<void> {
    line.client = null;
    while (line.client === null && !signal.aborted) {
      // oxlint-disable no-await-in-loop -- one attempt after the other
      await sleep(pauseMs, undefined, { ref: false });
      if (!signal.aborted) await connectOnce();
      // oxlint-enable no-await-in-loop
    }
  }

  /** Does not wait for a server that hangs. */
  async function endLine(): Promise<void> {
    const ended = line.client?.end().catch(() => undefined);
    await Promise.race([ended, sleep(endTimeoutMs, undefined, { ref: false })]);
  }

  /** PostgreSQL sends a connection the notices of acknowledged commits before it answers: any response means that none is missing. */
  async function ask(): Promise<boolean> {
    const asked = line.client;
    if (asked === null) return false;
    try {
      await asked.query("select");
      return line.client === asked;
    } catch {
      // Without a network, the connection could hang for hours.
      void asked.end();
      return false;
    }
  }

  let asking: Promise<unknown> = Promise.resolve();
  let next: Promise<boolean> | null = null;
  /** Callers share the next question while one is under way. */
  const caughtUp = (): Promise<boolean> =>
    (next ??= asking.then(() => {
      next = null;
      const response = ask();
      asking = response;
      return response;
    }));

  await connectOnce();
  if (line.client === null) void reconnect();
  const timer = setInterval(() => void caughtUp(), testedEveryMs).unref();
  return {
    hasOwn: true,
    caughtUp,
    [Symbol.asyncDispose]: async () => {
      closing.abort();
      clearInterval(timer);
      await endLine();
    },
  };
}
