// Where the sign-in may go: to the server's own origin, whoever asks for what.

import { expect, test } from "vitest";
import { guardFetch } from "../../src/http/guarded-fetch.ts";
import { createConnections } from "../../src/http/connections.ts";
import { startTaskServer } from "../support/task-server.ts";

test("A28: an address at another origin is not asked, with or without a sign-in", async () => {
  const [server, other] = [await startTaskServer({ key: "k" }), await startTaskServer()];
  await using connections = createConnections();
  const guarded = guardFetch(
    {
      name: "team",
      url: server.url,
      headers: async () => ({ authorization: "Bearer k" }),
      largestAnswer: 1000,
    },
    connections.fetch,
  );
  expect((await guarded.fetch(`${server.origin}/tasks`)).status).toBe(200);
  await expect(guarded.fetch(`${other.origin}/tasks`)).rejects.toMatchObject({
    code: "source-failed",
    isUnsent: true,
  });
  expect(other.bytesReceived()).toBe(0);
});
