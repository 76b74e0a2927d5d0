// Searches for secrets where there must be none: in files, arguments and environments of processes, and texts.

import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

function contentOf(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch {
    return Buffer.alloc(0);
  }
}

/** Files below `root` that contain a secret, also as base64 or percent-encoded. `except`: path prefixes to skip. */
export function filesWith(
  root: string,
  secrets: readonly string[],
  except: readonly string[],
): string[] {
  const names = readdirSync(root, { recursive: true, encoding: "utf8" });
  return names.filter((name) => {
    const file = join(root, name);
    if (except.some((prefix) => file.startsWith(prefix))) return false;
    if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) return false;
    return isIn(contentOf(file), secrets);
  });
}

/** True if the bytes contain one of the secrets, plain or encoded. */
export function isIn(bytes: Buffer | string, secrets: readonly string[]): boolean {
  const within = typeof bytes === "string" ? Buffer.from(bytes) : bytes;
  return secrets.some((secret) =>
    [secret, Buffer.from(secret).toString("base64").replace(/=+$/, ""), encodeURIComponent(secret)]
      .map((form) => Buffer.from(form))
      .some((form) => within.includes(form)),
  );
}

/** Part of the arguments of every command that a test itself starts, and of no other process. */
const command = "/cli.cjs";

export interface ProcessWatch {
  /** The processes that were checked. */
  seen: Set<number>;
  /** The findings: the process, and where the secret is. */
  found: Set<string>;
  stop(): void;
}

/**
 * Repeatedly checks every process with `mark` in its environment. A test may pass a secret to the command itself, with
 * `given` in its environment: only the command's arguments are checked then. Its child processes are checked fully.
 */
export function watchProcesses(
  mark: string,
  given: string,
  secrets: () => readonly string[],
): ProcessWatch {
  const [seen, found] = [new Set<number>(), new Set<string>()];
  const look = (): void => {
    for (const name of readdirSync("/proc")) {
      if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
      const line = contentOf(`/proc/${name}/cmdline`);
      const environment = contentOf(`/proc/${name}/environ`);
      if (!environment.includes(mark)) continue;
      seen.add(Number(name));
      // Between fork and exec, a child has its parent's arguments and environment.
      if (!contentOf(`/proc/${name}/cmdline`).equals(line)) continue;
      if (isIn(line, secrets())) found.add(`arguments: ${line.toString("utf8", 0, 200)}`);
      if (environment.includes(given) && line.includes(command)) continue;
      if (isIn(environment, secrets())) found.add(`environment: ${line.toString("utf8", 0, 200)}`);
    }
  };
  const timer = setInterval(look, 5);
  return { seen, found, stop: () => clearInterval(timer) };
}
