// `sitrep source list|test|remove`: where tasks come from.

import { cleanText } from "../core/fence.ts";
import type { CommandContext } from "../config/context.ts";
import { dropSource } from "../sources/drop-source.ts";
import { listWithSignIns } from "../sources/source-list.ts";
import type { ListedWithSignIn } from "../sources/source-list.ts";
import { testSources } from "../sources/test-sources.ts";
import { inertFile } from "./trust-project.ts";
import { scopeOf } from "./scope.ts";
import type { SourceOptions } from "./scope.ts";
import { signInWords } from "./sign-in-words.ts";
import { stepText, showTasks } from "./source-steps.ts";
import { print, printJson, remark } from "./terminal.ts";

/** What a source signs in with, or who has. */
function signInOf({ config, signIn }: ListedWithSignIn): string {
  if (signIn !== null) return signInWords(signIn, Date.now());
  const { auth } = config;
  if (auth?.type === "login") return "nobody signed in";
  return auth?.secret === undefined ? "" : `secret ${auth.secret}`;
}

export async function runListSources(
  context: CommandContext,
  options: SourceOptions,
): Promise<void> {
  const scope = scopeOf(context, options);
  const listed = await listWithSignIns(context, scope);
  const inert = inertFile(context, scope);
  if (inert !== null) remark(`sitrep: ${cleanText(inert, 300)}`);
  if (options.json === true) {
    return printJson(listed.map(({ config, from, signIn }) => ({ ...config, from, signIn })));
  }
  for (const one of listed) {
    const { name, type, url, command, preset, enabled, fallback } = one.config;
    const place = url ?? (command === undefined ? "" : [command, ...one.config.args].join(" "));
    const words = [
      preset ?? type,
      place,
      signInOf(one),
      fallback ? "fallback" : "",
      enabled ? "" : "switched off",
      `from ${one.from}`,
    ];
    print(`${name.padEnd(14)} ${words.filter((word) => word !== "").join(" · ")}`);
  }
}

/** Exit code 1 when a source cannot be read. */
export async function runTestSource(
  context: CommandContext,
  name: string | undefined,
  options: SourceOptions,
): Promise<void> {
  const scope = scopeOf(context, options);
  let shown = "";
  const tests = await testSources(context, scope, name ?? null, (source, step) => {
    if (options.json === true) return;
    if (source !== shown) print(source);
    shown = source;
    print(stepText(step));
  });
  if (tests.some(({ isGood }) => !isGood)) process.exitCode = 1;
  if (options.json === true) return printJson(tests);
  if (tests.length === 0) return print("No source to test. Add one: sitrep source add --help");
  for (const test of tests) {
    if (tests.length > 1) print(test.name);
    showTasks(test);
  }
}

export async function runRemoveSource(
  context: CommandContext,
  name: string,
  options: SourceOptions,
): Promise<void> {
  await dropSource(context, name);
  if (options.json === true) printJson({ removed: name });
  else print(`Removed ${name}. Its last good tasks are not shown any more.`);
}
