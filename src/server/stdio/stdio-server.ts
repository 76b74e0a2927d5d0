// `sitrep mcp`: the task tools on standard input and output, for one client and the project that it works in. Output
// carries the protocol and nothing else.

import { homedir } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import type { Located } from "../../git/repository.ts";
import { chooseBackend, chooseTickets, withFullIds } from "./choose-backend.ts";
import type { ToolBackend } from "./choose-backend.ts";
import type { BackendName } from "../backend.ts";
import { configOf } from "../../config/command-config.ts";
import { createCommandContext, projectOf, requireSupportedNode } from "../../config/context.ts";
import type { CommandContext } from "../../config/context.ts";
import { openLocalBackend } from "./local-backend.ts";
import { listSources } from "../../sources/source-pool.ts";
import { keptVariables, readInstallation } from "../../config/installation.ts";
import { stateFiles, type Environment } from "../../config/folders.ts";
import { SitrepError } from "../../core/errors.ts";
import { localPrincipal } from "../principal.ts";
import { createToolServer, toolsFor } from "../tools/tool-server.ts";
import { withEnvFile } from "../../config/environment.ts";
import { requireOwnFolder, requireOwnFolders } from "../../state/files/own-folder.ts";
import { noteTool } from "./note-tool.ts";
import { openToolLog } from "./tool-log.ts";
import { version } from "../../config/version.ts";

interface ToolBackendOptions {
  readonly backend?: BackendName | undefined;
  readonly source?: string;
}

/**
 * What a tool writes is in the next brief. Throws `secret-missing` (its message is the task service's own),
 * `source-unknown`, `config-invalid`, `store-unreadable`.
 */
async function openToolBackend(
  context: CommandContext,
  located: Located,
  options: ToolBackendOptions,
): Promise<ToolBackend> {
  const { project: path, projectName: name, branch } = located;
  const scope = { path, name, branch };
  const sources = listSources(configOf(context), context.files, scope).map((one) => one.config);
  const choice = chooseBackend(options, context.env, sources);
  const tickets = chooseTickets(options, context.env, sources);
  const isStore = choice.kind === "store";
  if (isStore && tickets === null) return openLocalBackend(context, scope);
  const { openRemoteBackend, withTickets } = await import("./remote-backend.ts");
  const opened = isStore
    ? await openLocalBackend(context, scope)
    : await openRemoteBackend(context, scope, choice, sources);
  return tickets === null ? opened : withTickets(opened, context, scope, tickets, sources);
}

const parentLookMs = 2000;

/** Settles when the client is gone: input has ended, output is gone, the parent has died, or a signal came. */
function untilClientGone(): Promise<void> {
  const parent = process.ppid;
  return new Promise((resolve) => {
    const done = (): void => resolve();
    process.stdin.once("end", done).once("close", done);
    process.stdout.once("error", done);
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, done);
    // Another process may hold our input open when the parent is gone.
    setInterval(() => process.ppid === parent || done(), parentLookMs).unref();
  });
}

export interface McpOptions extends ToolBackendOptions {
  readonly project?: string;
  readonly envFile?: string | undefined;
  /** The state folder of the installation that registered this command. */
  readonly state?: string;
}

/** Calls in flight when the client is gone have this long to be done. */
const longestEndMs = 5000;

/**
 * Where things are for a command in `.mcp.json`: as the installation recorded it, since a repository's settings can set
 * any variable of the session.
 */
function contextOf(env: Environment, cwd: string, state: string | undefined): CommandContext {
  if (state === undefined) return createCommandContext(env, cwd);
  requireOwnFolder(state, true);
  const installation = readInstallation(stateFiles(state).installation);
  if (installation === null) {
    throw new SitrepError("install-incomplete", `There is no installation in ${state}.`, {
      hint: 'Run "sitrep install --mcp" again, or "sitrep uninstall" to take the entry out.',
    });
  }
  const others = Object.fromEntries(
    Object.entries(env).filter(([name]) => !keptVariables.includes(name)),
  );
  return createCommandContext({ HOME: homedir(), ...others, ...installation.env }, cwd);
}

/** Serves until the client is gone. Throws before that what keeps it from starting. */
export async function runMcp(env: Environment, cwd: string, options: McpOptions): Promise<void> {
  requireSupportedNode();
  const context = contextOf(withEnvFile(env, options.envFile), cwd, options.state);
  requireOwnFolders(context.folders);
  configOf(context);
  const located = projectOf(context, options.project ?? (context.env["CLAUDE_PROJECT_DIR"] || cwd));
  await using opened = await openToolBackend(context, located, options);
  const { project, name } = opened;
  const backend = withFullIds(opened);
  const log = openToolLog(context.files.logs, () => new Date());
  const more = [noteTool(context, located.worktree)];
  const tools = toolsFor(project).length + more.length;
  log.started({ version, backend: name, project, tools });
  const inFlight = new Set<Promise<unknown>>();
  // Called once the client has said which revision it speaks.
  const create = () =>
    createToolServer({
      backend,
      principal: localPrincipal,
      version,
      project,
      more,
      observe: log.called,
      middleware: (_, run) => {
        const running = run().finally(() => inFlight.delete(running));
        inFlight.add(running);
        return running;
      },
    });
  const clientGone = untilClientGone();
  const handle = serveStdio(create, { onerror: log.fault });
  await clientGone;
  await handle.close();
  const longest = sleep(longestEndMs, undefined, { ref: false });
  await Promise.race([Promise.allSettled(inFlight), longest]);
}
