// Servers as child processes: what they are given, what is kept of what they say, and that they end.

import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { connectMcp } from "../../support/mcp/connect.ts";
import type {
  ConnectOptions,
  McpConnection,
  McpTarget,
} from "../../../src/sources/mcp/mcp-connection.ts";
import { temporaryFolder } from "../../support/temporary.ts";

const support = join(import.meta.dirname, "../../support/mcp");
const options: ConnectOptions = {
  name: "board",
  connectTimeoutMs: 10_000,
  requestTimeoutMs: 5000,
};

const program = (
  command: string,
  args: readonly string[],
  more: Partial<McpTarget & { transport: "stdio" }> = {},
): McpTarget => ({ transport: "stdio", command, args, env: {}, cwd: support, ...more });

const node = (file: string, ...args: string[]): McpTarget =>
  program(process.execPath, [join(support, file), ...args]);

async function connect(target: McpTarget, more: Partial<ConnectOptions> = {}) {
  const connection = await connectMcp(target, { ...options, ...more });
  onTestFinished(() => connection[Symbol.asyncDispose]());
  return connection;
}

const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => null,
    (error: unknown) => error,
  );

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A zombie is dead; only its parent has not looked.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

const pidsIn = (file: string): number[] => readFileSync(file, "utf8").split(" ").map(Number);

describe("a program that is not a server", () => {
  test("a program that does not exist is source-not-started, and is named", async () => {
    const failure = await failureOf(connect(program("no-such-program", ["--mcp"])));
    expect(failure).toMatchObject({ code: "source-not-started" });
    expect(String(failure)).toContain("no-such-program");
  });

  test("a folder that does not exist is source-not-started, and is named", async () => {
    const nowhere = join(temporaryFolder(), "gone");
    const failure = await failureOf(connect(program("true", [], { cwd: nowhere })));
    expect(failure).toMatchObject({ code: "source-not-started" });
    expect(failure).toHaveProperty("hint", expect.stringContaining(nowhere));
  });

  test("the last lines of a program that exits at once are in the hint, cleaned", async () => {
    const script = [
      "for (let i = 1; i <= 40; i += 1) console.error(`line ${i}`)",
      String.raw`console.error("\x1b[31mno \u202eTOKEN\x07 set")`,
      "process.exit(3)",
    ].join(";");
    const failure = await failureOf(connect(program(process.execPath, ["-e", script])));
    expect(failure).toMatchObject({ code: "source-not-started" });
    expect(String(failure)).toContain("exited with 3");
    const { hint } = failure as { hint: string };
    expect(hint).toContain("no TOKEN set");
    expect(hint).toContain("line 40");
    expect(hint).not.toContain("line 1\n");
    // oxlint-disable-next-line no-control-regex
    expect(hint).not.toMatch(/[\x00-\x09\x0b-\x1f\u202e]/);
  });

  test("a silent program ends in a timeout", async () => {
    const target = program(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
    const started = performance.now();
    expect(await failureOf(connect(target, { connectTimeoutMs: 800 }))).toMatchObject({
      code: "source-timeout",
    });
    expect(performance.now() - started).toBeLessThan(4000);
  });

  test("chatter on a program's standard output is skipped", async () => {
    const wrapper = `console.log("Listening…"); console.log("{"); import(${JSON.stringify(join(support, "stdio-v1.ts"))})`;
    const board = await connect(program(process.execPath, ["-e", wrapper]));
    expect(await board.callTool("plain", { say: "a" })).toMatchObject({ texts: ["a"] });
  });

  test("A31: a flood without a line end is cut at the limit", async () => {
    const flood = 'setInterval(() => process.stdout.write("x".repeat(100_000)), 1)';
    const target = program(process.execPath, ["-e", flood]);
    const failure = await failureOf(connect(target, { largestMessage: 1024 * 1024 }));
    expect(failure).toMatchObject({ name: "SourceError" });
    expect(failure).not.toMatchObject({ code: "source-timeout" });
  });
});

describe("the environment of a program", () => {
  const show = (env: Record<string, string> = {}): McpTarget => {
    const file = join(temporaryFolder(), "env.json");
    const script = `require("fs").writeFileSync(${JSON.stringify(file)}, JSON.stringify(process.env)); process.exit(1)`;
    return program(process.execPath, ["-e", script], { env: { ...env, SHOWN_IN: file } });
  };

  test("has a short list of variables and the configured ones, but none of Sitrep's tokens and no NODE_OPTIONS", async () => {
    process.env["SOME_TOKEN"] = "secret";
    process.env["NODE_OPTIONS"] = "--no-warnings";
    onTestFinished(() => {
      delete process.env["SOME_TOKEN"];
      delete process.env["NODE_OPTIONS"];
    });
    const target = show({ BOARD_KEY: "k" }) as McpTarget & { transport: "stdio" };
    await failureOf(connect(target));
    const seen = JSON.parse(readFileSync(target.env["SHOWN_IN"] ?? "", "utf8")) as object;
    expect(seen).toMatchObject({ BOARD_KEY: "k", PATH: process.env["PATH"] });
    const allowed =
      /^(?:HOME|LOGNAME|PATH|SHELL|TERM|USER|LANG|LC_\w+|TZ|TMPDIR|BOARD_KEY|SHOWN_IN)$/;
    // What a shell sets by itself.
    const ofTheShell = /^(?:PWD|OLDPWD|SHLVL|_)$/;
    expect(
      Object.keys(seen).filter((name) => !allowed.test(name) && !ofTheShell.test(name)),
    ).toEqual([]);
  });

  test("comes with the program's arguments, unchanged", async () => {
    const file = join(temporaryFolder(), "args.json");
    const script = `require("fs").writeFileSync(${JSON.stringify(file)}, JSON.stringify(process.argv.slice(1)))`;
    const args = ["$(touch x)", "`id`", "a b", "'\"", "*", ";"];
    await failureOf(connect(program(process.execPath, ["-e", script, ...args])));
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(args);
  });
});

describe("the end of a program", () => {
  test("comes gently with the end of its connection", async () => {
    const board = await connectMcp(node("stdio-v1.ts"), options);
    const started = performance.now();
    await board[Symbol.asyncDispose]();
    expect(performance.now() - started).toBeLessThan(1500);
    expect(board.state).toBe("closed");
    await expect(board.listTools()).rejects.toMatchObject({ code: "source-unreachable" });
  });

  test("includes its children, even if it ignores signals", async () => {
    const file = join(temporaryFolder(), "pids");
    const board = await connectMcp(node("stubborn.ts", file), options);
    const pids = pidsIn(file);
    expect(pids.filter(isAlive)).toHaveLength(2);
    const started = performance.now();
    await board[Symbol.asyncDispose]();
    expect(performance.now() - started).toBeLessThan(3000);
    await expect.poll(() => pids.filter(isAlive)).toEqual([]);
  });

  test("follows when connecting fails", async () => {
    const file = join(temporaryFolder(), "pids");
    const mute = [
      `require("fs").writeFileSync(${JSON.stringify(file)}, String(process.pid))`,
      'process.on("SIGTERM", () => {})',
      "setInterval(() => {}, 1000)",
    ].join(";");
    await failureOf(connect(program(process.execPath, ["-e", mute]), { connectTimeoutMs: 600 }));
    await expect.poll(() => pidsIn(file).filter(isAlive)).toEqual([]);
  });

  test.for<NodeJS.Signals>(["SIGKILL", "SIGTERM", "SIGINT"])(
    "comes for a stubborn program too when Sitrep gets %s",
    async (signal) => {
      const file = join(temporaryFolder(), "pids");
      const command = [process.execPath, join(support, "stubborn.ts"), file];
      const parent = spawn(process.execPath, [join(support, "parent.ts"), ...command], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      onTestFinished(() => void parent.kill("SIGKILL"));
      await new Promise((resolve) => parent.stdout.once("data", resolve));
      const pids = pidsIn(file);
      expect(pids.filter(isAlive)).toHaveLength(2);
      parent.kill(signal);
      await expect.poll(() => pids.filter(isAlive)).toEqual([]);
    },
  );

  test("is followed by a restart at the next call", async () => {
    const file = join(temporaryFolder(), "pids");
    const board: McpConnection = await connect(node("stubborn.ts", file));
    const seen: string[] = [];
    board.on("disconnected", () => seen.push("disconnected"));
    board.on("connected", () => seen.push("connected"));
    const [server = 0, child = 0] = pidsIn(file);
    const call = failureOf(board.callTool("wait", {}));
    process.kill(server, "SIGKILL");
    expect(await call).toMatchObject({ name: "SourceError" });
    expect(await call).not.toMatchObject({ code: "source-timeout" });
    await expect.poll(() => isAlive(child)).toBe(false);
    await expect.poll(() => board.state).toBe("disconnected");
    expect(await board.callTool("plain", { say: "a" })).toMatchObject({ texts: ["a"] });
    expect(seen).toEqual(["disconnected", "connected"]);
    expect(pidsIn(file)[0]).not.toBe(server);
  });
});

test("a server without tools prints nothing of Sitrep's on standard output", async () => {
  const folder = temporaryFolder();
  const bare = join(folder, "bare.mjs");
  const sdk = import.meta.resolve("@modelcontextprotocol/sdk/server/index.js");
  const transport = import.meta.resolve("@modelcontextprotocol/sdk/server/stdio.js");
  writeFileSync(
    bare,
    `import { Server } from ${JSON.stringify(sdk)};
     import { StdioServerTransport } from ${JSON.stringify(transport)};
     await new Server({ name: "bare", version: "1" }, { capabilities: {} }).connect(new StdioServerTransport());`,
  );
  const script = `
    import { connectMcp } from ${JSON.stringify(join(import.meta.dirname, "../../support/mcp/connect.ts"))};
    await using c = await connectMcp(
      { transport: "stdio", command: process.execPath, args: [${JSON.stringify(bare)}], env: {}, cwd: "/" },
      { name: "board", connectTimeoutMs: 10000, requestTimeoutMs: 5000 });
    const lists = [await c.listTools(), await c.listResources(), await c.listPrompts()];
    process.exitCode = lists.flat().length;`;
  const file = join(folder, "ask.ts");
  writeFileSync(file, script);
  const child = spawn(process.execPath, [file], { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => (said += chunk.toString()));
  }
  const code = await new Promise((resolve) => child.once("close", resolve));
  expect({ code, said }).toEqual({ code: 0, said: "" });
});
