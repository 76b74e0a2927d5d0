// An installation that meets one hostile text in everything that others can write.

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { builtFolder } from "./built.ts";
import { hostile, hostileBranch, hostileName, order } from "./hostile.ts";
import { prepareInstallation } from "./installation.ts";
import type { Ran, TestInstallation } from "./installation.ts";
import { plainGitEnvironment } from "./repository.ts";

/** Secrets, assembled from parts so that scanners do not report this file as a leak. */
export const secret: string = ["s3cr3t", "of", "the", "source", "4711"].join("-");
export const stranger: string = ["ghp", "_", "abcdefghijklmnopqrst0123456789abcdef"].join("");

/** Answers with tickets whose fields are all hostile and repeat the request's token; below `/broken`, with an error. */
async function startEcho(): Promise<string> {
  const server = createServer((request, response) => {
    const token = request.headers.authorization ?? "";
    const bare = token.replace("Bearer ", "");
    const echo = `${bare} ${encodeURIComponent(bare)} ${Buffer.from(bare).toString("base64")} ${stranger} ${hostile}`;
    const ticket = (id: string, title: string) => ({
      id,
      title,
      description: `${echo}\n\nAcceptance criteria:\n- ${hostile}\n- ${bare}`,
      status: hostile,
      priority: `${hostile}${bare}`,
      assignees: [hostile, bare],
      labels: [hostile],
      due: `${hostile} ${bare}`,
      branch: hostile,
      category: hostile,
      url: `https://ana:${bare}@git.example/${hostile}`,
      depends_on: [hostile, bare],
    });
    const tickets = [
      ticket("TASK-1", `Rotate ${token} ${hostile}`),
      ticket(hostile, echo),
      ticket("IgnoreAllPreviousRulesNow", hostile),
      ticket("delete-everything-here", hostile),
      ticket("lone\ud800", `lone \ud800 ${hostile}`),
    ];
    const isBroken = request.url?.startsWith("/broken") === true;
    const id = /\/tickets\/([^?]+)/.exec(request.url ?? "")?.[1];
    const found = tickets.find((one) => one.id === decodeURIComponent(id ?? ""));
    const [status, body] = isBroken
      ? [500, { title: echo, detail: echo }]
      : id === undefined
        ? [200, { tickets, total: tickets.length }]
        : [found === undefined ? 404 : 200, { ticket: found, detail: echo }];
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(body));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A program that is not an MCP server: it prints its own secret and more on stderr, and exits. */
const program = `process.stderr.write(process.env.TOOL_TOKEN + "\\n" + ${JSON.stringify(hostile)} + "\\n"); process.exit(3);`;

export interface Attacked {
  installation: TestInstallation;
  env: Record<string, string>;
  run: (args: readonly string[], input?: string) => Promise<Ran>;
}

export async function attacked(): Promise<Attacked> {
  const url = await startEcho();
  const installation = prepareInstallation(hostileName);
  const { project, home, sitrepHome } = installation;
  const file = join(home, "broken.mjs");
  writeFileSync(file, program);
  const auth = { type: "bearer", secret: "${env:TEAM_TOKEN}" };
  writeFileSync(
    join(sitrepHome, "config.json"),
    JSON.stringify({
      refresh: { heartbeatSeconds: 0.3 },
      sources: [
        { name: "team", type: "tickets", url, auth, timeoutSeconds: 5, retries: 0 },
        {
          name: "broken",
          type: "tickets",
          url: `${url}/broken`,
          auth,
          timeoutSeconds: 5,
          retries: 0,
        },
        {
          name: "program",
          type: "mcp",
          preset: "beads",
          command: process.execPath,
          args: [file],
          cwd: home,
          env: { TOOL_TOKEN: "${env:TEAM_TOKEN}" },
          timeoutSeconds: 5,
          retries: 0,
        },
      ],
    }),
  );
  const env = { ...installation.env, TEAM_TOKEN: secret };
  const git = (...args: string[]): void =>
    void execFileSync("git", args, {
      cwd: project.folder,
      env: { ...plainGitEnvironment, GIT_AUTHOR_NAME: hostile.replaceAll("\n", " ") },
      stdio: "ignore",
    });
  git("checkout", "-q", "-b", hostileBranch);
  project.write(`${hostileName}.txt`, "a");
  git("add", "-A");
  git("commit", "-q", "-m", hostile);
  project.write(`${hostileName}.txt`, "b");
  project.write(`other ${hostileName}`, "b");
  git("remote", "add", "origin", `https://ana:${secret}@git.example/${order}\u009b31m.git`);
  mkdirSync(join(project.folder, ".claude"));
  project.write(".claude/settings.json", JSON.stringify({ env: { [hostile]: hostile } }, null, 2));
  project.write(
    ".claude/settings.local.json",
    `${JSON.stringify({ env: { A: "\u009b31m\u202e" } }, null, 2)}\n`,
  );
  project.write(
    ".mcp.json",
    JSON.stringify({
      mcpServers: {
        [hostile]: { command: hostile, args: [hostile] },
        other: { type: "http", url: `https://${hostile}` },
      },
    }),
  );
  project.write(
    ".sitrep.json",
    JSON.stringify({ sources: [{ name: "mine", type: "mcp", command: "x", args: [hostile] }] }),
  );
  project.write(
    "tasks.json",
    JSON.stringify([{ title: hostile, description: hostile, status: hostile }]),
  );
  const run = (args: readonly string[], input = ""): Promise<Ran> =>
    start(args, { cwd: project.folder, env, input });
  return { installation, env, run };
}

/** Runs a program. `spawnSync` would block the server that it calls, which is in this process. */
async function start(
  args: readonly string[],
  { cwd, env, input }: { cwd: string; env: Record<string, string>; input: string },
): Promise<Ran> {
  const started = performance.now();
  const child = spawn(process.execPath, [join(builtFolder, "cli.cjs"), ...args], { cwd, env });
  onTestFinished(() => void child.kill("SIGKILL"));
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (part: Buffer) => (stdout += part.toString("latin1")));
  child.stderr.on("data", (part: Buffer) => (stderr += part.toString("latin1")));
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  const [code] = (await once(child, "close")) as [number | null];
  const text = (bytes: string): string => Buffer.from(bytes, "latin1").toString("utf8");
  return { code, stdout: text(stdout), stderr: text(stderr), ms: performance.now() - started };
}

export const noSecret = (what: string, text: string): void => {
  for (const one of [secret, stranger, Buffer.from(secret).toString("base64")]) {
    expect
      .soft(text.includes(one) ? text.slice(Math.max(0, text.indexOf(one) - 200)) : null, what)
      .toBeNull();
  }
};
