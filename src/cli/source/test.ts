// `sitrep source test`: connects, lists the tools of the server and reads the tasks. Says what each step took, or which
// one failed and why.

import type { SourceConfig } from "../../config/source-config.ts";
import { SitrepError, codeOf, messageOf } from "../../core/errors.ts";
import { defined } from "../../core/read.ts";
import { capabilitiesOf, type ProjectScope } from "../../core/ports.ts";
import type { Task } from "../../core/task/task.ts";
import { recognise } from "../../sources/presets/presets.ts";
import { openConfigured } from "../../sources/configured-server.ts";
import type { OpenedServer } from "../../sources/open-server.ts";
import type { SourceContext } from "../../sources/credentials.ts";
import { settleEnvironment } from "../../sources/settle-environment.ts";
import { sourcesOf, findSource, withSourceContext } from "./sources.ts";
import { unknownFix, unknownTexts } from "../../core/task/unknown-words.ts";
import { cleanText } from "../../core/quote.ts";
import type { Line } from "../../state/output/styled.ts";
import { marks, name as nameStyle } from "../terminal/styles.ts";
import { table } from "../terminal/table.ts";
import { countOf, print, printJson, screenWidth } from "../terminal/terminal.ts";
import { withSpinner } from "../terminal/spinner.ts";
import { scopeOf, type Run } from "../program/options.ts";

export interface TestStep {
  step: "settings" | "connect" | "tools" | "tasks";
  ms: number;
  /** What it found; for a failure why. */
  detail: string;
  /** Null when it went well. */
  code: string | null;
  hint?: string;
}

export interface SourceTest {
  name: string;
  isGood: boolean;
  steps: TestStep[];
  /** The first three. */
  tasks: Task[];
  count: number | null;
  /** What of their statuses, priorities and due dates is not known. */
  unknown: string[];
  capabilities: string[];
}

const longestMs = 60_000;

interface TestRun {
  steps: TestStep[];
  /** Runs a step; null when it failed. */
  step<T>(
    name: TestStep["step"],
    work: () => Promise<T> | T,
    say: (found: T) => string,
  ): Promise<T | null>;
}

function startRun(onStep: (step: TestStep) => void): TestRun {
  const steps: TestStep[] = [];
  const note = (step: TestStep): void => {
    steps.push(step);
    onStep(step);
  };
  return {
    steps,
    step: async (name, work, say) => {
      const started = performance.now();
      const took = (): number => Math.round(performance.now() - started);
      try {
        const found = await withSpinner(name, work);
        note({ step: name, ms: took(), detail: say(found), code: null });
        return found;
      } catch (error) {
        const detail = messageOf(error);
        const hint = error instanceof SitrepError ? error.hint : undefined;
        note({ step: name, ms: took(), detail, code: codeOf(error), ...defined({ hint }) });
        return null;
      }
    },
  };
}

async function connect(
  run: TestRun,
  opened: OpenedServer,
  scope: ProjectScope,
  signal: AbortSignal,
): Promise<boolean> {
  const { connection, source } = opened;
  if (connection === null) {
    const { check } = source;
    if (check === undefined) return true;
    const answer = async (): Promise<string> => {
      await check(scope, signal);
      return `${source.origin} answers`;
    };
    return (await run.step("connect", answer, String)) !== null;
  }
  const server = async (): Promise<string> => {
    await connection.connect(signal);
    const { serverName, serverVersion, protocolVersion } = connection;
    return `${serverName} ${serverVersion}, MCP ${protocolVersion}`;
  };
  if ((await run.step("connect", server, String)) === null) return false;
  const tools = await run.step(
    "tools",
    () => connection.listTools({ signal }),
    (found) => {
      const preset = recognise(found.map(({ name }) => name));
      return `${countOf(found.length, "tool")}${preset === null ? "" : `, as of ${preset.title}`}`;
    },
  );
  return tools !== null;
}

/** Never throws: what goes wrong is the last step. `onStep` is called with each step when it is over. */
export async function testSource(
  config: SourceConfig,
  scope: ProjectScope,
  context: SourceContext,
  onStep: (step: TestStep) => void,
): Promise<SourceTest> {
  const run = startRun(onStep);
  const signal = AbortSignal.timeout(longestMs);
  const result: SourceTest = {
    name: config.name,
    isGood: false,
    steps: run.steps,
    tasks: [],
    count: null,
    unknown: [],
    capabilities: [],
  };
  const opened = await run.step(
    "settings",
    () => openConfigured(config, scope, context),
    ({ source }) => `${config.type}, ${source.origin}`,
  );
  if (opened === null) return result;
  await using source = opened.source;
  if (!(await connect(run, opened, scope, signal))) return result;
  const answer = await run.step(
    "tasks",
    () => source.listPending(scope, signal),
    ({ tasks, total, isNextOnly, unreadable, isCut }) =>
      [
        `${tasks.length} pending`,
        ...(total === null ? [] : [`not all: the server has ${total}`]),
        ...(isCut && total === null ? ["not all: the list is too long"] : []),
        ...(isNextOnly ? ["only the next: it cannot list"] : []),
        ...(unreadable === 0 ? [] : [`${unreadable} more have no id and cannot be read`]),
      ].join(", "),
  );
  if (answer === null) return result;
  return {
    ...result,
    isGood: true,
    tasks: answer.tasks.slice(0, 3),
    count: answer.tasks.length,
    unknown: unknownTexts(answer.tasks),
    capabilities: capabilitiesOf(source),
  };
}

export function stepLines({ step, ms, detail, code, hint }: TestStep): Line[] {
  const why = code === null ? detail : `${code}: ${detail}`;
  const mark = code === null ? marks.ok : marks.failed;
  const row = [mark, step.padEnd(8), `${String(ms).padStart(5)} ms`, why];
  return [
    ...table([row], { width: screenWidth(), overflow: "wrap", indent: 2 }),
    ...(hint === undefined ? [] : hint.split("\n").map((line) => `      ${line}`)),
  ];
}

export function showTasks(test: SourceTest): void {
  const rows = test.tasks.map(({ id, status, priority, title }) => [
    nameStyle(cleanText(id, 20)),
    status.replace("_", " "),
    priority === "none" ? "" : priority,
    cleanText(title, 80),
  ]);
  print(...table(rows, { width: screenWidth(), indent: 6 }));
  for (const text of test.unknown) print(`  ! ${text}`);
  if (test.unknown.length > 0) print(`      ${unknownFix}`);
  if (test.isGood) print(`  can: ${test.capabilities.join(", ")}`);
}

/** Tests one source, or all that are switched on but the embedded store. Exit code 1 when one cannot be read. */
export const runTestSource: Run<[string | undefined]> = async (context, name, options) => {
  const scope = scopeOf(context, options);
  await settleEnvironment(context, scope);
  const all = sourcesOf(context, scope).map(({ config }) => config);
  const chosen =
    name === undefined
      ? all.filter(({ type, enabled }) => type !== "embedded" && enabled)
      : [findSource(context, scope, name)];
  const say = options.json === true ? () => undefined : print;
  const tests = await withSourceContext(context, async (sources) => {
    const done: SourceTest[] = [];
    for (const config of chosen) {
      say(config.name);
      done.push(await testSource(config, scope, sources, (step) => say(...stepLines(step))));
    }
    return done;
  });
  if (tests.some(({ isGood }) => !isGood)) process.exitCode = 1;
  if (options.json === true) return printJson(tests);
  if (tests.length === 0) return print("No source to test. Add one: sitrep source add --help");
  for (const test of tests) {
    if (tests.length > 1) print(test.name);
    showTasks(test);
  }
};
