// `sitrep source add`: completes the options, signs the user in with --login, tests the source, and saves it.

import { requireFreeName } from "../../config/config-file.ts";
import type { CommandContext } from "../../config/context.ts";
import { forgetSecret, secretLocation } from "../../config/secrets.ts";
import { secretOrigin } from "../../config/source-address.ts";
import { SourceConfig } from "../../config/source-config.ts";
import { failureReason } from "../../core/brief/source-lines.ts";
import { codeOf, messageOf, SitrepError } from "../../core/errors.ts";
import type { ProjectScope } from "../../core/ports.ts";
import type { SourceContext } from "../../sources/credentials.ts";
import { refreshProject } from "../../sources/local-tasks.ts";
import type { GuessLine } from "../../sources/mapping/guess-mapping.ts";
import { isOnlyHere } from "../../sources/locate-program.ts";
import { requireKnownSettings } from "../../sources/setting-names.ts";
import { whoAmI } from "../me.ts";
import { locateScope, type Run } from "../program/verb-context.ts";
import { cancelBySignal, logIn } from "../sign-in/sign-in.ts";
import { asWhom } from "../sign-in/signed-in-as.ts";
import { withSpinner } from "../terminal/spinner.ts";
import { print, printJson, printNotice, warnOfStaleCache } from "../terminal/terminal.ts";
import { readSource, optionValue, type AddSourceOptions } from "./add-options.ts";
import {
  draftValue,
  isPresetOpen,
  issuerStep,
  toolNames,
  withNamedIssuer,
  withPreset,
  type SourceValue,
} from "./ask-server.ts";
import { guessLines } from "./guessed.ts";
import { saveSource, printShared, requireShareable, type SavedSource } from "./save.ts";
import { listProjectSources, withSourceContext } from "./lookup.ts";
import { showTasks, stepLines, type CheckStep, type SourceCheck } from "./check-lines.ts";
import { checkSource } from "./check-source.ts";

interface AddRequest {
  context: CommandContext;
  scope: Required<ProjectScope>;
  value: SourceValue;
  options: AddSourceOptions;
}

/** Deletes the secret of a source that was not added: no other command could delete it. */
function forgetUnused({ context, scope }: AddRequest, value: SourceValue): void {
  const config = SourceConfig.safeParse(draftValue(value)).data;
  const reference = config?.auth?.secret;
  if (config === undefined || reference === undefined || secretLocation("env", reference) === null)
    return;
  if (listProjectSources(context, scope).some((one) => one.config.name === config.name)) return;
  const use = { source: config.name, origin: secretOrigin(config), reference };
  forgetSecret(context.files.secrets, use);
}

async function signInForNew({ context, scope, value, options }: AddRequest): Promise<void> {
  const source = readSource(draftValue(value));
  const wishes = options.device === true ? { grant: "device" as const } : {};
  const login = { scope, source, wishes, signal: cancelBySignal() };
  // Only a sign-in reveals the tools, and the tools determine the preset: before that, Sitrep cannot list tasks.
  const probe = (sources: SourceContext): Promise<unknown> => toolNames(source, { scope, sources });
  const request = isPresetOpen(value) ? { ...login, probe } : login;
  const { signIn } = await logIn(context, request, options);
  if (options.json === true) return;
  printNotice(
    signIn === null
      ? `${source.name} needs no sign-in.`
      : `Signed in to ${source.name}${asWhom(signIn)} (${signIn.issuer}).`,
  );
}

interface Outcome {
  config: SourceConfig;
  /** The lines of a guessed mapping; empty when it was not guessed. */
  guessed: readonly GuessLine[];
  /** Null with --no-test. */
  test: SourceCheck | null;
  /** Null when the test failed. */
  kept: SavedSource | null;
}

/** Adds a source after a test that lists its tasks; `--no-test` skips the test. */
async function addNewSource(request: AddRequest): Promise<Outcome> {
  const { context, scope, value, options } = request;
  const onStep = (step: CheckStep): void => {
    if (options.json !== true) print(...stepLines(step));
  };
  if (options.login === true) await signInForNew(request);
  return await withSourceContext(context, async (sources) => {
    const opening = { scope, sources };
    const named = await withNamedIssuer(value, opening);
    if (named !== value) onStep(issuerStep(named));
    let kept: SavedSource | null = null;
    try {
      const { config, guessed } = options.test
        ? await withPreset(named, opening)
        : { config: readSource(named), guessed: [] };
      if (options.json !== true) print(...guessLines(guessed));
      requireKnownSettings(config.name, config, config.with);
      const test = options.test ? await checkSource(config, opening, onStep) : null;
      if (test?.isGood ?? true) kept = saveSource(context, scope, config, options);
      return { config, guessed, test, kept };
    } finally {
      if (kept === null) forgetUnused(request, named);
    }
  });
}

/** Replaces the usual hint, which names a source that does not exist yet. */
function withoutSource(name: string, error: unknown): unknown {
  if (codeOf(error) !== "secret-missing") return error;
  return new SitrepError("secret-missing", messageOf(error), {
    hint: `Set it for this command, or add the source with --no-test and then run: sitrep source secret ${name}`,
    cause: error,
  });
}

/** Says where a program starts, and for which projects. */
function placeText(config: SourceConfig, scope: ProjectScope, state: string): string[] {
  if (config.command === undefined) return [];
  if (config.type === "file") return [`Each refresh runs ${config.command}.`];
  if (isOnlyHere(config, scope)) return [`It starts in ${scope.path}, for this project only.`];
  return [`It starts in ${config.cwd ?? state} for every project.`];
}

/** Reads the tasks for the next brief, even without a monitor; only registers an untested source. Returns a message. */
async function readNow(
  context: CommandContext,
  scope: ProjectScope,
  name: string,
  wasTested: boolean,
): Promise<string> {
  const results = await withSpinner("reading its tasks", () =>
    refreshProject(context, scope, wasTested ? name : ""),
  );
  const own = results.find(({ source }) => source === name);
  if (own === undefined) return "It does not apply to this project.";
  if (own.tasks !== null) return "The next brief will include its tasks.";
  const { code } = own;
  return code === null || code === "waiting"
    ? "The next refresh will read its tasks."
    : `On a second read of its tasks, it ${failureReason(code)}.`;
}

export const runAddSource: Run<[string, readonly string[]], AddSourceOptions> = async (
  context,
  name,
  command,
  options,
) => {
  const scope = locateScope(context, options);
  const value = optionValue(context, name, command, options, scope);
  const isShared = options.team === true;
  // Check this before a sign-in or a call to a server.
  if (isShared) requireShareable(context, scope, value, options);
  else requireFreeName(context.configFile, value, scope, options.replace);
  const added = addNewSource({ context, scope, value, options });
  const { config, guessed, test, kept } = await added.catch((error: unknown) => {
    throw withoutSource(name, error);
  });
  if (kept === null) process.exitCode = 1;
  let read = "";
  try {
    // A shared source is not used until the project's file is allowed.
    if (kept !== null && !isShared) read = await readNow(context, scope, name, test !== null);
  } catch (error) {
    warnOfStaleCache(error);
  }
  if (options.json === true) {
    // With --login, the output is already one JSON value per line.
    const done = { added: kept !== null, source: kept?.source ?? config, guessed, test };
    return printJson(done, options.login === true);
  }
  if (test !== null) showTasks(test, config.type);
  if (kept === null) {
    const what = options.replace === true ? "changed" : "added";
    return printNotice(`sitrep: ${name} was not ${what}. To add it anyway, use --no-test`);
  }
  if (isShared) return printShared(config, kept.file);
  const { strange } = whoAmI(context, options);
  print(
    `Added ${name} to ${kept.file}. ${read}`.trimEnd(),
    ...placeText(config, scope, context.folders.state),
    ...(strange === null ? [] : [strange]),
  );
};
