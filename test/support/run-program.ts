// Runs a program from a small helper process and waits for it. To start a program, the system copies its parent's page
// tables, and both then pay for each page that is written. In a worker of 400 MB, that costs more than git itself.

import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

interface Options {
  cwd: string;
  env: Record<string, string | undefined>;
  /** The text on stdin. Absent: the program has no stdin. */
  input?: string;
  /** The program is killed after this time. Absent: it may run as long as it needs. */
  timeoutMs?: number;
}

interface Request extends Options {
  file: string;
  args: readonly string[];
}

interface QueryResult {
  /** The exit code; null: a signal ended the program. */
  status: number | null;
  /** The output, with one character for each byte. */
  stdout: string;
  stderr: string;
  /** The reason why the program could not be started. */
  error?: string;
}

/** The helper's code, used as source text. Reads one JSON object for each line of a pipe and answers on the other. */
function answerRequests(): void {
  const fs = process.getBuiltinModule("node:fs");
  const { spawnSync } = process.getBuiltinModule("node:child_process");
  const [, requests = "", responses = ""] = process.argv;
  // The test that starts this process may have changed its own umask.
  process.umask(0o022);
  const [from, to] = [fs.openSync(requests, "r"), fs.openSync(responses, "w")];
  const chunk = Buffer.alloc(65_536);
  let text = "";
  for (;;) {
    const length = fs.readSync(from, chunk);
    // The other end of the pipe has closed.
    if (length === 0) return;
    text += chunk.toString("latin1", 0, length);
    if (!text.endsWith("\n")) continue;
    const request = Buffer.from(text, "latin1").toString("utf8");
    const { file, args, cwd, env, input, timeoutMs } = JSON.parse(request) as Request;
    text = "";
    const { status, signal, stdout, stderr, error } = spawnSync(file, args, {
      cwd,
      env,
      encoding: "latin1",
      maxBuffer: 2 ** 26,
      stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
      ...(input === undefined ? {} : { input: Buffer.from(input) }),
      ...(timeoutMs === undefined ? {} : { timeout: timeoutMs, killSignal: "SIGKILL" as const }),
    });
    const reason = signal === null ? error?.message : undefined;
    const response = { status, stdout, stderr, ...(reason !== undefined && { error: reason }) };
    const bytes = Buffer.from(`${JSON.stringify(response)}\n`);
    for (let done = 0; done < bytes.length;) done += fs.writeSync(to, bytes, done);
  }
}

let pipes: { requests: number; responses: number } | null = null;

function startSmallProcess(): NonNullable<typeof pipes> {
  const folder = mkdtempSync(join(tmpdir(), "sitrep-run-"));
  const names = ["requests", "responses"].map((name) => join(folder, name));
  execFileSync("mkfifo", names);
  const code = `(${String(answerRequests)})()`;
  spawn(process.execPath, ["-e", code, ...names], { env: {}, stdio: "ignore" }).unref();
  // Each call waits until the other end is opened.
  const [requests, responses] = [openSync(names[0] ?? "", "w"), openSync(names[1] ?? "", "r")];
  rmSync(folder, { recursive: true });
  return { requests, responses };
}

function ask(request: Request): QueryResult {
  pipes ??= startSmallProcess();
  const bytes = Buffer.from(`${JSON.stringify(request)}\n`);
  for (let done = 0; done < bytes.length;) done += writeSync(pipes.requests, bytes, done);
  const chunks: Buffer[] = [];
  for (;;) {
    const chunk = Buffer.alloc(65_536);
    const length = readSync(pipes.responses, chunk);
    if (length === 0) throw new Error("the process that starts programs has ended");
    chunks.push(chunk.subarray(0, length));
    if (chunk[length - 1] === 10)
      return JSON.parse(Buffer.concat(chunks).toString("utf8")) as QueryResult;
  }
}

const utf8 = (bytes: string): string => Buffer.from(bytes, "latin1").toString("utf8");

/** Returns a program's output and exit code (null if a signal ended it). Throws if the program cannot be started. */
export function runProgram(
  file: string,
  args: readonly string[],
  options: Options,
): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr, error } = ask({ file, args, ...options });
  if (error !== undefined) throw new Error(error);
  return { status, stdout: utf8(stdout), stderr: utf8(stderr) };
}

/** Returns a program's output. Throws like `execFileSync` if the program fails. */
export function outputOf(file: string, args: readonly string[], options: Options): string {
  const { status, stdout, stderr } = runProgram(file, args, options);
  if (status === 0) return stdout;
  const message = `Command failed: ${[file, ...args].join(" ")}\n${stderr}`;
  throw Object.assign(new Error(message), { status, stdout, stderr });
}
