import { expect, onTestFinished, test } from "vitest";
import { presetSettings } from "../../src/http/policy-settings.ts";
import {
  serverConnection,
  connectServer,
  type ServerAddress,
} from "../../src/sources/server-address.ts";

const secret = "s3cr3t-of-the-source-4711";
const says = 'console.error(`key ${process.env["BOARD_KEY"]}`); process.exit(3);';

/** A program that repeats its key on stderr and ends. */
const address = (): ServerAddress => ({
  name: "board",
  type: "mcp",
  transport: undefined,
  url: "",
  origin: "stdio:board",
  subject: () => "",
  headers: async () => ({}),
  program: () => ({
    command: process.execPath,
    args: ["-e", says],
    env: { BOARD_KEY: secret },
    secrets: [secret],
    cwd: process.cwd(),
  }),
  preset: undefined,
  mapping: undefined,
  settings: {},
  connect: { connectTimeoutMs: 10_000, requestTimeoutMs: 5000 },
  policy: presetSettings.resilient,
  takePermit: null,
});

test.each(["connect", "listTools", "ping"] as const)(
  "a key that a program prints as it ends is not in the error of %s",
  async (call) => {
    const connection = serverConnection(address());
    onTestFinished(() => connection[Symbol.asyncDispose]());
    const failure = await connection[call]().catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "source-not-started" });
    expect((failure as { hint?: string }).hint).toContain("key [secret]");
    expect(JSON.stringify([String(failure), failure])).not.toContain(secret);
  },
);

test("a key that a program prints as it ends is not in the error of connectServer", async () => {
  const failure = await connectServer(address()).catch((error: unknown) => error);
  expect((failure as { hint?: string }).hint).toContain("key [secret]");
  expect(JSON.stringify([String(failure), failure])).not.toContain(secret);
});
