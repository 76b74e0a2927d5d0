// `sitrep source discover`: looks for tasks in files, at the git remotes and in Claude Code's configuration. It reads
// files, and contacts only the servers that --probe names.

import { locateProject, type CommandContext } from "../../config/context.ts";
import { codeOf, messageOf, SitrepError } from "../../core/errors.ts";
import type { ProjectScope } from "../../core/ports.ts";
import { cleanText } from "../../core/quote.ts";
import {
  readServers,
  toSourceConfig,
  type ClaudeCodeServer,
} from "../../sources/discovery/claude-code-servers.ts";
import { createAddition } from "../../sources/discovery/discover-sources.ts";
import { createScope, type ProjectOptions, type Run } from "../program/verb-context.ts";
import { step } from "../terminal/spinner.ts";
import { printResult } from "../terminal/terminal.ts";
import { withPreset } from "./ask-server.ts";
import { withSourceContext } from "./lookup.ts";
import { addCommand, foundLines, runDiscovery, foundJson } from "./discovered.ts";

/** `why`: why Sitrep cannot list the server's tasks, if it was probed. */
type AskedServer = ClaudeCodeServer & { why?: string };

/** Starts or contacts one server, and guesses how it lists tasks. Throws connection errors and `source-unknown`. */
async function askServer(
  context: CommandContext,
  scope: ProjectScope,
  servers: readonly ClaudeCodeServer[],
  name: string,
): Promise<AskedServer> {
  const server = servers.find((one) => one.name === name);
  if (server === undefined) {
    throw new SitrepError("source-unknown", `Claude Code has no server "${name}".`, {
      hint: `It has: ${servers.map((one) => one.name).join(", ")}.`,
    });
  }
  const own = Object.entries(server.env).filter(([, value]) => !value.includes("${"));
  const env = { ...context.env, ...Object.fromEntries(own) };
  // The server starts in the folder where Claude Code starts it.
  const { preset: _, ...config } = toSourceConfig(server);
  try {
    const { config: settled } = await withSourceContext(context, (sources) =>
      withPreset(
        { ...config, projects: [scope.path] },
        { scope, sources: { ...sources, env, forgetsSecrets: true } },
      ),
    );
    const { preset = null, mapping } = settled;
    const guessedTool = mapping !== undefined && "tool" in mapping.list ? mapping.list.tool : null;
    return { ...server, preset, guessedTool };
  } catch (error) {
    if (codeOf(error) !== "usage" && codeOf(error) !== "source-invalid-response") throw error;
    return { ...server, preset: null, why: messageOf(error) };
  }
}

export const runDiscover: Run<[], ProjectOptions & { probe?: string[] }> = async (
  context,
  options,
) => {
  const project = locateProject(context, options.project);
  const scope = createScope(project);
  const places = (await runDiscovery(context, project)).filter(({ kind }) => kind !== "server");
  const found = readServers(scope, context.env);
  const asked = await Promise.all(
    (options.probe ?? []).map((name) =>
      step(`asking ${name}`, () => askServer(context, scope, found, name)),
    ),
  );
  const servers = found.map(
    (one): AskedServer => asked.find(({ name }) => name === one.name) ?? one,
  );
  const listed = servers.map((server) => {
    const { env: _secrets, ...shown } = server;
    return { kind: "server", ...shown, add: addCommand(createAddition(server)) };
  });
  const lines = listed.flatMap(({ name, place, file, preset, guessedTool, why = "", add }) => {
    const known = guessedTool === null ? null : `lists tasks with ${cleanText(guessedTool, 40)}`;
    const kind = preset === null ? (known ?? "unknown") : `looks like ${preset}`;
    const words = `${cleanText(name, 40)}: ${kind} (${cleanText(place, 100)}, in ${file})`;
    const more = add ?? cleanText(why, 400);
    return more === "" ? [words] : [words, `    ${more}`];
  });
  const end =
    listed.length === 0
      ? "Claude Code has no MCP servers configured."
      : "Only servers named by --probe are started or contacted. To include one, use --probe NAME";
  printResult(
    options,
    [...listed, ...places.map(foundJson)],
    [...foundLines(places), ...lines, end],
  );
};
