// Two servers on one database are replaced one after the other, by a version that migrates it, while clients write and read.

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { onServer, serverUrl, temporaryDatabase } from "../support/postgres.ts";
import { bearer, postRpc, rpcAnswer, rpcHeaders } from "../support/rpc.ts";
import { startRoundRobinProxy } from "../support/round-robin-proxy.ts";
import {
  addKeyTo,
  createServeFixture,
  startServeProcess,
  type ServeProcess,
} from "../support/serve-process.ts";
import { faultsOf, startWriteStorm } from "../support/write-storm.ts";

const fileOf = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The command from its sources, with one more migration. */
const nextVersion = [
  "--import",
  fileOf("../support/with-second-migration.ts"),
  fileOf("../../src/cli/main.ts"),
];

interface ReadStorm {
  readonly statuses: ReadonlyMap<string, number>;
  /** Reserved ids, each of an answered request. */
  readonly ids: readonly string[];
  end(): Promise<void>;
}

/** Clients that list tasks over REST and MCP, and that reserve ids, without a pause. */
function startReadStorm(url: string, key: string): ReadStorm {
  const statuses = new Map<string, number>();
  const ids: string[] = [];
  const ending = new AbortController();
  const headers = { ...rpcHeaders, ...bearer(key) };
  const count = (status: string): void =>
    void statuses.set(status, (statuses.get(status) ?? 0) + 1);
  const list = async (): Promise<Response> => {
    const answer = await fetch(`${url}/tasks?project=storm&page_size=5`, { headers });
    await answer.text();
    return answer;
  };
  const call = async (): Promise<Response> => {
    const params = { name: "get_next_task", arguments: { project_id: "storm" } };
    const answer = await postRpc(url, "tools/call", { params, headers: bearer(key) });
    const { result } = await rpcAnswer(answer.clone());
    if ((result as { isError?: boolean }).isError === true) count("failed tool");
    return answer;
  };
  const reserve = async (): Promise<Response> => {
    const body = JSON.stringify({ type: "US", count: 2, project_id: "storm" });
    const answer = await fetch(`${url}/ids/reserve`, { method: "POST", headers, body });
    const { reserved_ids: given = [] } = (await answer.json()) as { reserved_ids?: string[] };
    ids.push(...given);
    return answer;
  };
  const client = async (ask: () => Promise<Response>): Promise<void> => {
    while (!ending.signal.aborted) {
      // oxlint-disable-next-line no-await-in-loop -- a client does one thing after the other
      const status = await ask().then(
        (answer) => String(answer.status),
        () => "none",
      );
      count(status);
    }
  };
  const running = Promise.all([list, list, call, call, reserve].map(client));
  return {
    statuses,
    ids,
    end: async () => {
      ending.abort();
      await running;
    },
  };
}

describe.skipIf(serverUrl === null)("a rolling update", () => {
  test("with a migration, under load, loses and repeats no write, and fails no request", async () => {
    const database = await temporaryDatabase();
    const context = createServeFixture({
      DATABASE_URL: database,
      RATE_LIMIT_REQUESTS_PER_MINUTE: "0",
      SITREP_METRICS_ADDRESS: "127.0.0.1:0",
      SITREP_DRAIN_SECONDS: "1",
    });
    const key = addKeyTo(context, "laptop", "--organization", "acme");
    const proxy = await startRoundRobinProxy();
    const join = (server: ServeProcess): ServeProcess => {
      proxy.add({ url: server.url, readyUrl: `${String(server.log[0]?.["metrics"])}/readyz` });
      return server;
    };
    const answeredBy = ({ url }: ServeProcess): number => proxy.answered.get(url) ?? 0;
    const first = join(await startServeProcess(context));
    const second = join(await startServeProcess(context));
    await expect.poll(async () => (await fetch(`${proxy.url}/healthz`)).status).toBe(200);

    const writes = startWriteStorm(proxy.url, key, 8);
    const reads = startReadStorm(proxy.url, key);
    /** Both versions serve, one beside the other. */
    const serveTogether = async (...servers: readonly ServeProcess[]): Promise<void> => {
      const before = servers.map(answeredBy);
      await writes.more(150);
      const more = (): boolean =>
        servers.every((server, at) => answeredBy(server) > (before[at] ?? 0) + 50);
      await expect.poll(more).toBe(true);
    };
    const replace = async (old: ServeProcess): Promise<ServeProcess> => {
      old.signal("SIGTERM");
      expect(await old.ended).toBe(0);
      proxy.remove(old.url);
      return join(await startServeProcess(context, [], nextVersion));
    };
    await serveTogether(first, second);
    const migrate = [...nextVersion, "store", "migrate", "--database", database];
    const { stdout } = await promisify(execFile)(process.execPath, migrate, {
      env: { PATH: process.env["PATH"], HOME: context.home, SITREP_HOME: context.home },
    });
    expect(stdout).toBe("The tables of the task store are up to date.\n");
    const migrations = await onServer("select name from kysely_migration order by name", database);
    expect(migrations.map(({ name }) => name)).toEqual(["001-tables", "002-board", "003-initials"]);
    await serveTogether(first, second);
    const firstNext = await replace(first);
    await serveTogether(firstNext, second);
    const secondNext = await replace(second);
    await serveTogether(firstNext, secondNext);
    await Promise.all([writes.end(), reads.end()]);

    const stored = (await onServer("select title from tasks", database)).map(({ title }) =>
      String(title),
    );
    expect(faultsOf(stored, writes.acknowledged)).toEqual({ lost: [], doubled: [] });
    expect(stored).toHaveLength(writes.acknowledged.length);
    expect(new Set(reads.ids).size).toBe(reads.ids.length);
    expect(reads.ids.length).toBeGreaterThan(50);
    expect(proxy.failures).toEqual([]);
    expect(writes.refusals).toEqual(new Map());
    expect([...reads.statuses.keys()].toSorted()).toEqual(["200", "201"]);
  });
});
