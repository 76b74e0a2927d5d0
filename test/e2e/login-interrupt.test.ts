// Ctrl-C while a person signs in by the built command.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { configureSources, prepareLogin, runLogin, teamSource } from "../support/login-command.ts";
import { startMisbehavingServer } from "../support/misbehaving-server.ts";

describe("sitrep login", () => {
  test("login ends within a second of Ctrl-C and keeps nothing", async () => {
    const { context, idp, server } = await prepareLogin();
    configureSources(context, teamSource(server.url, { issuer: idp.issuer, clientId: "sitrep" }));
    for (const args of [["login"], ["login", "--issuer", idp.issuer]]) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const ran = await runLogin(context, args, {
        person: ({ event }, interrupt) => event === "code" && interrupt(),
      });
      expect(ran).toMatchObject({ code: 130 });
      expect(ran.stderr).toContain('"code":"cancelled"');
      expect(ran.ms).toBeLessThan(1000);
    }
    expect(existsSync(join(context.state, "tokens"))).toBe(false);
  });

  test.each(["mcp", "task-tracking"])(
    "login and source add end within a second of Ctrl-C while a server (%s) does not answer",
    async (type) => {
      const { context } = await prepareLogin();
      const silent = await startMisbehavingServer((request) => void request);
      configureSources(context, {
        ...teamSource(silent.origin),
        type,
        ...(type === "mcp" ? {} : { preset: undefined }),
      });
      const add = ["source", "add", "other", "--type", type, "--url", silent.origin, "--login"];
      for (const args of [["login", "team"], add]) {
        const before = silent.bytesReceived();
        // oxlint-disable-next-line no-await-in-loop -- one after the other
        const ran = await runLogin(context, args, {
          onStart: async (interrupt) => {
            await expect.poll(() => silent.bytesReceived()).toBeGreaterThan(before);
            interrupt();
          },
        });
        expect(ran).toMatchObject({ code: 130, stdout: "" });
        expect(ran.stderr).toContain('"code":"cancelled"');
        expect(ran.ms).toBeLessThan(1000);
      }
    },
  );
});
