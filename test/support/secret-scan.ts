// Looks for secrets where none may be: in files, in arguments and environments of processes, in texts.

import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

function contentOf(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch {
    return Buffer.alloc(0);
  }
}

/** Files below `root` with one of the secrets in their bytes, as base64 or percent-encoded too; `except`: path prefixes. */
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

/** True when one of the secrets is in it, plain or encoded. */
export function isIn(bytes: Buffer | string, secrets: readonly string[]): boolean {
  const within = typeof bytes === "string" ? Buffer.from(bytes) : bytes;
  return secrets.some((secret) =>
    [secret, Buffer.from(secret).toString("base64").replace(/=+$/, ""), encodeURIComponent(secret)]
      .map((form) => Buffer.from(form))
      .some((form) => within.includes(form)),
  );
}

/** In the arguments of whatever a test itself has started, and of nothing else. */
const command = "/cli.cjs";

export interface ProcessWatch {
  /** Processes that were looked at. */
  seen: Set<number>;
  /** What was found: which process, and where. */
  found: Set<string>;
  stop(): void;
}

/**
 * Looks at every process that has `mark` in its environment, again and again. The command itself may be given a secret on
 * purpose, with `given` in its environment: of it only the arguments are looked at. What it starts has no such right.
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
      // Between its start and its program a child has what its parent has.
      if (!contentOf(`/proc/${name}/cmdline`).equals(line)) continue;
      if (isIn(line, secrets())) found.add(`arguments: ${line.toString("utf8", 0, 200)}`);
      if (environment.includes(given) && line.includes(command)) continue;
      if (isIn(environment, secrets())) found.add(`environment: ${line.toString("utf8", 0, 200)}`);
    }
  };
  const timer = setInterval(look, 5);
  return { seen, found, stop: () => clearInterval(timer) };
}
