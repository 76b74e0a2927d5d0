// Reads beads by its own program, which has issues that an export lacks. It runs only if a person's settings name it, and never
// from the repository.

import { execFile } from "node:child_process";
import { join, parse } from "node:path";
import { promisify } from "node:util";
import type { Environment } from "../../config/folders.ts";
import { keptEnvironment } from "../../config/installation.ts";
import { sourceOrigin } from "../../config/source-address.ts";
import type { SourceConfig } from "../../config/source-config.ts";
import { noNotes, type ProjectScope, type TaskSource } from "../../core/ports.ts";
import { SitrepError } from "../../core/errors.ts";
import { parseJson, readObject, readString, type JsonObject } from "../../core/read.ts";
import { SourceError } from "../../core/source-error.ts";
import { markBlocked } from "../../core/task/raw-task.ts";
import type { Task } from "../../core/task/task.ts";
import { isBelow } from "../../git/find-git.ts";
import { isProgram } from "../../git/hardened.ts";
import { realPath } from "../../state/files/real-path.ts";
import { locateProgram } from "../locate-program.ts";
import { isWork, maxBytes, readIssue } from "./beads.ts";
import { maxOpen } from "./kind.ts";

/** The program takes seconds if its database is on a server. */
const timeoutMs = 20_000;
/** The call changes and synchronizes nothing. `--limit 0`: all, instead of 50. */
const listArguments = ["list", "--json", "--limit", "0", "--readonly", "--sandbox"] as const;

const run = promisify(execFile);

/** The output is a list; since 2.0 it is in the field `data`. */
function issuesIn(stdout: string): JsonObject[] | null {
  const value = parseJson(stdout);
  const list = Array.isArray(value) ? value : readObject(value)?.["data"];
  if (!Array.isArray(list)) return null;
  return list.map((one) => readObject(one) ?? {});
}

function failureOf(source: string, error: unknown, signal: AbortSignal): SourceError {
  const { code, killed, signal: fatal } = error as Record<"code" | "killed" | "signal", unknown>;
  const hint = `Run it yourself: bd list; then: sitrep source test ${source}`;
  const failed = (as: "timeout" | "invalid-response" | "failed", what: string): SourceError =>
    new SourceError(`source-${as}`, `${source}: bd ${what}.`, { hint });
  if (code === "ERR_CHILD_PROCESS_STDIO_MAXBUFFER")
    return failed("invalid-response", `printed more than ${maxBytes / 1024 / 1024} MiB`);
  if (killed === true || signal.aborted) return failed("timeout", "did not finish in time");
  if (typeof fatal === "string") return failed("failed", `was killed (${fatal})`);
  return failed(
    "failed",
    typeof code === "number" ? `failed (exit code ${code})` : "cannot be run",
  );
}

type BeadsConfig = Pick<SourceConfig, "name" | "command" | "path">;

type Run<T> = (scope: ProjectScope, args: readonly string[], signal: AbortSignal) => Promise<T>;

/** The program's folder and PATH. Throws `source-not-started`. */
export function locateBd({ name, command = "" }: BeadsConfig, scope: ProjectScope, path = "") {
  const isOfProject = isBelow(realPath(scope.path), realPath(command));
  if (!isOfProject && isProgram(command))
    return locateProgram({ name, command, args: [] }, scope, {
      neutral: parse(command).root,
      path,
    });
  const why = isOfProject ? "is in the repository, from which nothing is run" : "is not a program";
  throw new SourceError("source-not-started", `${name}: ${command} ${why}.`, {
    hint: `Add it again, or without bd to read its export: sitrep source add ${name} --replace --file beads`,
    isUnsent: true,
  });
}

const runOf =
  (config: BeadsConfig, env: Environment): Run<string> =>
  async (scope, args, signal) => {
    const { name, path = "" } = config;
    const { command, cwd, path: folders } = locateBd(config, scope, env["PATH"]);
    const { stdout } = await run(command, args, {
      cwd,
      env: { ...keptEnvironment(env), PATH: folders, BEADS_DIR: join(scope.path, path) },
      timeout: timeoutMs,
      killSignal: "SIGKILL",
      maxBuffer: maxBytes,
      signal,
    }).catch((error: unknown) => {
      throw failureOf(name, error, signal);
    });
    return stdout;
  };

const askOf =
  (name: string, bd: Run<string>): Run<JsonObject[]> =>
  async (scope, args, signal) => {
    const issues = issuesIn(await bd(scope, [...listArguments, ...args], signal));
    if (issues !== null) return issues;
    throw new SourceError("source-invalid-response", `${name}: bd did not print a list as JSON.`);
  };

const isId = (id: string): boolean => /^\w[\w.-]*$/.test(id);

const ownStatus = { pending: "open", in_progress: "in_progress", blocked: "blocked" } as const;

/** Writes by the program's own commands. `--` ends their options. */
function writesOf(name: string, bd: Run<string>): Partial<TaskSource> {
  const change: Run<null> = async (scope, [verb = "", id = "", ...args], signal) => {
    if (isId(id)) await bd(scope, [verb, id, ...args], signal);
    else throw new SitrepError("task-not-found", `${name} has no task with such an id.`);
    return null;
  };
  return {
    writes: {
      statuses: ["pending", "in_progress", "blocked", "completed"],
      notes: false,
      hasOneAssignee: true,
    },
    update: (scope, id, { status }, signal) =>
      status === "completed" || status === "cancelled"
        ? change(scope, ["close", id], signal)
        : change(scope, ["update", id, `--status=${ownStatus[status]}`], signal),
    comment: async (scope, id, text, signal) =>
      void (await change(scope, ["comment", id, "--", text], signal)),
    assign: (scope, id, { names: [person = ""] }, signal) =>
      change(scope, ["update", id, `--assignee=${person}`], signal),
  };
}

/** The issues of a project's main working tree, which others share. `env`: the person's, of which little is passed on. */
export function openBeadsProgram(config: BeadsConfig, env: Environment): TaskSource {
  const { name, command, path = "" } = config;
  const read = (one: JsonObject): Task | null =>
    readIssue(one, path, { source: name, branch: null });
  const bd = runOf(config, env);
  const ask = askOf(name, bd);
  /** The issues that are looked up at once, in one call. */
  let asked: { ids: Set<string>; found: Promise<Map<string, Task | null>> } | null = null;
  const find = async (ids: ReadonlySet<string>, scope: ProjectScope, signal: AbortSignal) => {
    await new Promise((resolve) => setImmediate(resolve));
    asked = null;
    const issues = await ask(scope, ["--all", "--id", [...ids].join(",")], signal);
    return new Map(issues.map((one) => [readString(one["id"]) ?? "", read(one)]));
  };
  return {
    name,
    origin: sourceOrigin({ command, args: [] }),
    subject: "",
    listOpen: async (scope, signal) => {
      const found = (await ask(scope, [], signal)).filter(isWork).map(read);
      const tasks = found.filter((task) => task !== null);
      return {
        ...noNotes,
        tasks: markBlocked(tasks).slice(0, maxOpen),
        isCut: tasks.length > maxOpen,
        unreadable: found.length - tasks.length,
      };
    },
    get: async (scope, id, signal) => {
      if (!isId(id)) return null;
      if (asked === null) {
        const ids = new Set<string>();
        asked = { ids, found: find(ids, scope, signal) };
      }
      asked.ids.add(id);
      return (await asked.found).get(id) ?? null;
    },
    ...writesOf(name, bd),
    [Symbol.asyncDispose]: async () => undefined,
  };
}
