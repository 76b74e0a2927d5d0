// The sign-in goes to the server's own origin only.

import { expect, test } from "vitest";
import { restrictFetch } from "../../src/http/restricted-fetch.ts";
import { createConnections } from "../../src/http/connections.ts";
import { startTaskServer } from "../support/task-server.ts";

test("A28: an address at another origin is not asked, with or without a sign-in", async () => {
  const [server, other] = [await startTaskServer({ key: "k" }), await startTaskServer()];
  await using connections = createConnections();
  const restricted = restrictFetch(
    {
      name: "team",
      url: server.url,
      headers: async () => ({ authorization: "Bearer k" }),
      largestResponse: 1000,
    },
    connections.fetch,
  );
  expect((await restricted.fetch(`${server.origin}/tasks`)).status).toBe(200);
  await expect(restricted.fetch(`${other.origin}/tasks`)).rejects.toMatchObject({
    code: "source-failed",
    isUnsent: true,
  });
  expect(other.bytesReceived()).toBe(0);
});
