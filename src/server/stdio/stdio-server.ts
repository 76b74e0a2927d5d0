// `sitrep mcp`, for one MCP client and its project. Output carries only the protocol.

import { homedir } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { loadOwnConfig } from "../../config/command-config.ts";
import { createCommandContext, locateProject, requireSupportedNode } from "../../config/context.ts";
import type { CommandContext } from "../../config/context.ts";
import { withEnvFile } from "../../config/environment.ts";
import { stateFiles, type Environment } from "../../config/folders.ts";
import { keptVariables, readInstallation } from "../../config/installation.ts";
import type { ToolGroup } from "../../config/schema.ts";
import { version } from "../../config/version.ts";
import { SitrepError } from "../../core/errors.ts";
import type { Located } from "../../git/repository.ts";
import { listSources } from "../../sources/source-pool.ts";
import { requireOwnFolder, requireOwnFolders } from "../../state/files/own-folder.ts";
import type { TaskBackend } from "../backend.ts";
import { wrapCalls } from "../backends/wrap-calls.ts";
import { localPrincipal } from "../principal.ts";
import { isListed } from "../tools/tool.ts";
import { createNotifyingServer, listTools } from "../tools/tool-server.ts";
import { chooseBackend, chooseTickets } from "./choose-backend.ts";
import type { BackendOptions, ToolBackend } from "./choose-backend.ts";
import { openLocalBackend } from "./local-backend.ts";
import { noteTool } from "./note-tool.ts";
import { openToolLog } from "./tool-log.ts";

export interface McpOptions extends BackendOptions {
  readonly project?: string;
  readonly tools?: readonly ToolGroup[] | undefined;
  readonly envFile?: string | undefined;
  readonly state?: string;
}

/** Throws `secret-missing` (with the task service's own message), `source-unknown`, `config-invalid`, `store-unreadable`. */
async function openToolBackend(
  context: CommandContext,
  located: Located,
  options: BackendOptions,
): Promise<ToolBackend> {
  const { project: path, projectName: name, branch } = located;
  const scope = { path, name, branch };
  const sources = listSources(loadOwnConfig(context), context.files, scope).map(
    (one) => one.config,
  );
  const choice = chooseBackend(options, context.env, sources);
  const tickets = chooseTickets(options, context.env, sources);
  const isStore = choice.kind === "store";
  if (isStore && tickets === null) return openLocalBackend(context, scope);
  const { openRemoteBackend, withTickets } = await import("./remote-backend.ts");
  const place = { context, scope, sources };
  const opened = isStore
    ? await openLocalBackend(context, scope)
    : await openRemoteBackend(place, choice);
  return tickets === null ? opened : withTickets(opened, place, tickets);
}

/** The backend, which also accepts full ids of its source, `source/id`, as in briefs and commands. */
const withFullIds = ({ backend, name }: ToolBackend): TaskBackend =>
  wrapCalls(backend, ({ input }, run) => {
    const { id } = input as { id?: string };
    const isFull = id?.startsWith(`${name}/`) === true;
    return run(isFull ? { ...input, id: id?.slice(name.length + 1) } : input);
  });

const parentCheckMs = 2000;

/** Settles when the MCP client is gone: input or output is closed, the parent has died, or a signal came. */
function untilClientGone(): Promise<void> {
  const parent = process.ppid;
  return new Promise((resolve) => {
    const done = (): void => resolve();
    process.stdin.once("end", done).once("close", done);
    process.stdout.once("error", done);
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, done);
    // Another process may hold our input open after the parent's death.
    setInterval(() => process.ppid === parent || done(), parentCheckMs).unref();
  });
}

/** Calls in flight when the MCP client is gone have this long to finish. */
const maxEndMs = 5000;

/** For a command in `.mcp.json`, the installation's record counts: a repository's settings can set any variable. */
function contextOf(env: Environment, cwd: string, state: string | undefined): CommandContext {
  if (state === undefined) return createCommandContext(env, cwd);
  requireOwnFolder(state, true);
  const installation = readInstallation(stateFiles(state).installation);
  if (installation === null) {
    throw new SitrepError("install-incomplete", `There is no installation in ${state}.`, {
      hint: 'Run "sitrep install --mcp" again, or "sitrep uninstall" to remove the entry.',
    });
  }
  const others = Object.fromEntries(
    Object.entries(env).filter(([name]) => !keptVariables.includes(name)),
  );
  return createCommandContext({ HOME: homedir(), ...others, ...installation.env }, cwd);
}

/** Serves until the MCP client is gone. Throws if it cannot start. */
export async function runMcp(env: Environment, cwd: string, options: McpOptions): Promise<void> {
  requireSupportedNode();
  const context = contextOf(withEnvFile(env, options.envFile), cwd, options.state);
  requireOwnFolders(context.folders);
  const { tools: chosen } = loadOwnConfig(context);
  const located = locateProject(
    context,
    options.project ?? (context.env["CLAUDE_PROJECT_DIR"] || cwd),
  );
  await using opened = await openToolBackend(context, located, options);
  const { project, name } = opened;
  const backend = withFullIds(opened);
  const log = openToolLog(context.files.logs, () => new Date());
  const more = [noteTool(context, located.worktree)];
  const tools = options.tools ?? chosen ?? opened.tools;
  const count = [...listTools(project), ...more].filter((tool) => isListed(tools, tool)).length;
  log.started({ version, backend: name, project, tools: count });
  const inFlight = new Set<Promise<unknown>>();
  // Called when the client has said which revision it speaks.
  const create = () =>
    createNotifyingServer({
      backend,
      principal: localPrincipal,
      version,
      project,
      more,
      tools,
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
  const longest = sleep(maxEndMs, undefined, { ref: false });
  await Promise.race([Promise.allSettled(inFlight), longest]);
}
