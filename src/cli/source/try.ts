// `sitrep source try`: connects to a server, which need not be a source, and shows its tools, a raw response, and the
// tasks that a preset or a mapping reads from it. It writes nothing.

import { loadOwnConfig } from "../../config/command-config.ts";
import type { CommandContext } from "../../config/context.ts";
import type { SourceConfig } from "../../config/source-config.ts";
import { codeOf, isSitrepError, messageOf, SitrepError } from "../../core/errors.ts";
import { fillTemplate } from "../../core/mapping/templates.ts";
import { defined, readObject, readStrings } from "../../core/read.ts";
import { openConfigured, connectSource } from "../../sources/configured-server.ts";
import {
  guessMapping,
  type GuessLine,
  type TriedCall,
} from "../../sources/mapping/guess-mapping.ts";
import { findMapping } from "../../sources/mapping/find-mapping.ts";
import type { McpConnection, McpTool } from "../../sources/mcp/mcp-connection.ts";
import { createSourceContext } from "../../sources/credentials.ts";
import { presetForTools } from "../../sources/presets/presets.ts";
import { locateScope, type Run } from "../program/verb-context.ts";
import { step } from "../terminal/spinner.ts";
import { printJson } from "../terminal/terminal.ts";
import { optionValue, readSource } from "./add-options.ts";
import { draftValue, isPresetOpen, type SourceValue } from "./ask-server.ts";
import { notGuessed, withGuess } from "./guessed.ts";
import type { Opening } from "./lookup.ts";
import { showTrial, type Trial } from "./show-trial.ts";
import { addTriedCommand, suggestName, type TryOptions } from "./try-command.ts";

/** Returns names such as `status` and `query?`; a question mark means optional. */
function argumentsOf({ inputSchema }: McpTool): string[] {
  const required = readStrings(inputSchema["required"]);
  return Object.keys(readObject(inputSchema["properties"]) ?? {}).map((name) =>
    required.includes(name) ? name : `${name}?`,
  );
}

/** Makes the list call of a known mapping, to show its response. */
async function callList(
  connection: McpConnection,
  config: SourceConfig,
  { scope }: Opening,
): Promise<TriedCall> {
  const { name, preset, mapping, with: given } = config;
  const { mapping: own, settings } = findMapping(
    { name, preset, mapping, settings: given },
    scope.path,
  );
  const { tool, arguments: templates = {}, statuses } = own.list;
  const project = { "project.path": scope.path, "project.name": scope.name };
  const values = { ...settings, ...project, ...defined({ status: statuses?.[0] }) };
  const args = fillTemplate(templates, values) as Record<string, unknown>;
  const response = await connection.callTool(tool, args);
  return { tool, arguments: args, response, why: null, missing: [] };
}

interface Settled {
  config: SourceConfig;
  calls: readonly TriedCall[];
  guessed: readonly GuessLine[];
}

/** Returns the configuration that would be added. `note` receives the calls made, even before a throw. */
async function settle(
  connection: McpConnection,
  value: SourceValue,
  opening: Opening,
  tool: string | undefined,
  note: (calls: readonly TriedCall[]) => void,
): Promise<Settled> {
  const draft = readSource(draftValue(value));
  const tools = (await connection.listTools()).map(({ name }) => name);
  const preset = isPresetOpen(value) && tool === undefined ? presetForTools(tools) : null;
  if (preset !== null || !isPresetOpen(value)) {
    const config = preset === null ? draft : readSource({ ...value, preset: preset.name });
    const calls = [await callList(connection, config, opening)];
    note(calls);
    return { config, calls, guessed: [] };
  }
  const request = { connection, scope: opening.scope, given: draft.with, only: tool };
  const { guess, tried } = await guessMapping(request);
  note(tried);
  if (guess === null) throw notGuessed(draft.name, tool === undefined ? tools : [tool], tried);
  return { config: withGuess(value, guess), calls: tried, guessed: guess.lines };
}

function errorOf(error: unknown): Trial["error"] {
  const hint = isSitrepError(error) ? error.hint : undefined;
  return { code: codeOf(error), message: messageOf(error), ...defined({ hint }) };
}

const nothingFound: Omit<Trial, "server" | "tools"> = {
  calls: [],
  preset: null,
  guessed: [],
  mapping: null,
  tasks: [],
  total: null,
  unreadable: 0,
  add: null,
  error: null,
};

async function tryServer(
  value: SourceValue,
  command: readonly string[],
  options: TryOptions,
  opening: Opening,
): Promise<Trial> {
  const { scope, sources } = opening;
  await using connection = await connectSource(readSource(draftValue(value)), scope, sources);
  const tools = await connection.listTools();
  const trial: Trial = {
    server: { name: connection.serverName, version: connection.serverVersion },
    tools: tools.map((tool) => ({
      name: tool.name,
      arguments: argumentsOf(tool),
      isReadOnly: tool.isReadOnly,
    })),
    ...nothingFound,
  };
  try {
    const note = (calls: readonly TriedCall[]): void => {
      trial.calls = calls;
    };
    const { config, guessed } = await settle(connection, value, opening, options.tool, note);
    Object.assign(trial, {
      guessed,
      preset: config.preset ?? null,
      mapping: config.mapping ?? null,
    });
    await using source = openConfigured(config, scope, sources).source;
    const { tasks, total, unreadable } = await source.listOpen(scope, AbortSignal.timeout(60_000));
    const add = addTriedCommand(config.name, command, options, config);
    Object.assign(trial, { tasks, total, unreadable, add });
  } catch (error) {
    trial.error = errorOf(error);
  }
  return trial;
}

export const runTrySource: Run<[readonly string[]], TryOptions> = async (
  context: CommandContext,
  command,
  options,
) => {
  if (command.length === 0 && options.url === undefined) {
    throw new SitrepError("usage", "Pass a command after --, or an address with --url.", {
      hint: "See the examples: sitrep source try --help",
    });
  }
  const scope = locateScope(context, options);
  const given = { ...options, type: "mcp", test: true, onlyHere: command.length > 0 };
  const value = optionValue(context, suggestName(command, options.url), command, given, scope);
  // No shared rate limit: that is a file, and this command writes nothing.
  const sources = createSourceContext(context.files, loadOwnConfig(context), context.env, null);
  const trial = await step("asking the server", () =>
    tryServer(value, command, options, { scope, sources }),
  );
  if (trial.error !== null) process.exitCode = 1;
  if (options.json === true) return printJson(trial);
  showTrial(trial);
};
