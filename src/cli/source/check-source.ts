// `sitrep source test`: connects, lists the server's tools and the tasks, and prints the result of each step.

import { trustedEnvironment } from "../../config/installation.ts";
import type { SourceConfig } from "../../config/source-config.ts";
import { codeOf, isSitrepError, messageOf } from "../../core/errors.ts";
import { listCapabilities, type UnlistedItems, type ProjectScope } from "../../core/ports.ts";
import { quoted } from "../../core/quote.ts";
import { defined } from "../../core/read.ts";
import { unknownTexts } from "../../core/task/unknown-words.ts";
import { openConfigured } from "../../sources/configured-server.ts";
import { openFiles } from "../../sources/source-opener.ts";
import type { OpenedServer } from "../../sources/open-server.ts";
import { presetForTools } from "../../sources/presets/presets.ts";
import { keepSourcesFromEnvironment } from "../../sources/environment-protocols.ts";
import { locateScope, type Run } from "../program/verb-context.ts";
import { withSpinner } from "../terminal/spinner.ts";
import { countText, print, printJson } from "../terminal/terminal.ts";
import { showTasks, stepLines, type CheckStep, type SourceCheck } from "./check-lines.ts";
import { findSource, listProjectSources, withSourceContext, type Opening } from "./lookup.ts";

const timeoutMs = 60_000;

/** Runs a step and records it. Throws the errors of `work`. */
type RunStep = <T>(
  name: CheckStep["step"],
  work: () => Promise<T> | T,
  say: (found: T) => string,
) => Promise<T>;

const runStep =
  (record: (step: CheckStep) => void): RunStep =>
  async (step, work, say) => {
    const started = performance.now();
    const end = (rest: Omit<CheckStep, "step" | "ms">): void =>
      record({ step, ms: Math.round(performance.now() - started), ...rest });
    try {
      const found = await withSpinner(step, work);
      end({ detail: say(found), code: null });
      return found;
    } catch (error) {
      const hint = isSitrepError(error) ? error.hint : undefined;
      end({ detail: messageOf(error), code: codeOf(error), ...defined({ hint }) });
      throw error;
    }
  };

const sumOf = (aside: readonly UnlistedItems[]): number =>
  aside.reduce((sum, { count }) => sum + count, 0);

type Opened = Pick<OpenedServer, "connection" | "source">;

async function open(config: SourceConfig, { scope, sources }: Opening): Promise<Opened> {
  if (config.type !== "file") return openConfigured(config, scope, sources);
  const { path, trees: [worktree = path] = [] } = scope;
  const env = trustedEnvironment(sources.env, sources.installation);
  return { connection: null, source: await openFiles(config, worktree, env) };
}

async function connect(
  step: RunStep,
  { connection, source }: Opened,
  scope: ProjectScope,
  signal: AbortSignal,
): Promise<void> {
  if (connection === null) {
    const { check, origin } = source;
    if (check !== undefined) {
      await step(
        "connect",
        () => check(scope, signal),
        () => `${origin} answers`,
      );
    }
    return;
  }
  const server = async (): Promise<string> => {
    await connection.connect(signal);
    const { serverName, serverVersion, protocolVersion } = connection;
    return `${serverName} ${serverVersion}, MCP ${protocolVersion}`;
  };
  await step("connect", server, String);
  await step(
    "tools",
    () => connection.listTools({ signal }),
    (found) => {
      const preset = presetForTools(found.map(({ name }) => name));
      return `${countText(found.length, "tool")}${preset === null ? "" : `, preset ${preset.title}`}`;
    },
  );
}

/** Stops after a failed step. Calls `onStep` with each step when it ends. */
export async function checkSource(
  config: SourceConfig,
  opening: Opening,
  onStep: (step: CheckStep) => void,
): Promise<SourceCheck> {
  const steps: CheckStep[] = [];
  const step = runStep((one) => {
    steps.push(one);
    onStep(one);
  });
  const signal = AbortSignal.timeout(timeoutMs);
  const { scope } = opening;
  const { name, type, path: file } = config;
  const result = { name, isGood: false, steps, tasks: [], count: null };
  try {
    const opened = await step(
      "settings",
      () => open(config, opening),
      ({ source }) =>
        file === undefined ? `${type}, ${source.origin}` : `${config.kind}, ${file}`,
    );
    await using source = opened.source;
    await connect(step, opened, scope, signal);
    const { tasks } = await step(
      "tasks",
      () => source.listOpen(scope, signal),
      ({ tasks: found, total, isNextOnly, unreadable, isCut, movedTo, aside = [] }) =>
        [
          `${found.length} open`,
          total === null ? "" : `incomplete: the server has ${total}`,
          isCut && total === null ? "incomplete: the list is too long" : "",
          isNextOnly ? "only the next task: the server cannot list tasks" : "",
          aside.length === 0 ? "" : `${sumOf(aside)} more are not listed`,
          unreadable === 0 ? "" : `${unreadable} more have no id and cannot be read`,
          movedTo === undefined ? "" : `moved to ${quoted(movedTo, 100)}: set its new name`,
        ]
          .filter(Boolean)
          .join(", "),
    );
    return {
      ...result,
      isGood: true,
      tasks: tasks.slice(0, 3),
      count: tasks.length,
      unknown: unknownTexts(tasks),
      capabilities: listCapabilities(source),
    };
  } catch (error) {
    if (steps.every(({ code }) => code === null)) throw error;
    return { ...result, unknown: [], capabilities: [] };
  }
}

/** Tests one source, or every enabled one except the embedded store. Sets exit code 1 when one fails. */
export const runTestSource: Run<[string | undefined]> = async (context, name, options) => {
  const scope = locateScope(context, options);
  await keepSourcesFromEnvironment(context, scope);
  const all = listProjectSources(context, scope).map(({ config }) => config);
  const chosen =
    name === undefined
      ? all.filter(({ type, enabled }) => type !== "embedded" && enabled)
      : [findSource(context, scope, name)];
  const say = options.json === true ? () => undefined : print;
  const tests = await withSourceContext(context, async (sources) => {
    const done: SourceCheck[] = [];
    for (const config of chosen) {
      say(config.name);
      done.push(await checkSource(config, { scope, sources }, (step) => say(...stepLines(step))));
    }
    return done;
  });
  if (tests.some(({ isGood }) => !isGood)) process.exitCode = 1;
  if (options.json === true) return printJson(tests);
  if (tests.length === 0) return print("No source to test. Add one: sitrep source add --help");
  for (const [at, test] of tests.entries()) {
    if (tests.length > 1) print(test.name);
    showTasks(test, chosen[at]?.type);
  }
};
