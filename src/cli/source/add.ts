// `sitrep source add`: finds out about a source, has a person sign in where that is wanted, tests it, and then keeps it.

import { requireKnownSettings } from "../../sources/setting-names.ts";
import { requireFreeName } from "../../config/config-file.ts";
import { forgetSecret, placeOf } from "../../config/secrets.ts";
import { secretOriginOf } from "../../config/source-address.ts";
import { SourceConfig } from "../../config/source-config.ts";
import { SitrepError } from "../../core/errors.ts";
import { failureWords } from "../../core/brief/source-lines.ts";
import type { ProjectScope } from "../../core/ports.ts";
import type { CommandContext } from "../../config/context.ts";
import { keepSource, printShared, requireShareable, type Kept } from "./keep.ts";
import { sourcesOf, withSourceContext } from "./sources.ts";
import type { SourceContext } from "../../sources/credentials.ts";
import { testSource, stepLines, showTasks, type SourceTest, type TestStep } from "./test.ts";
import { readSource, valueOf, type AddSourceOptions } from "./add-options.ts";
import {
  draftValue,
  isPresetOpen,
  issuerStep,
  toolNames,
  withNamedIssuer,
  withPreset,
} from "./ask-server.ts";
import type { SourceValue } from "./ask-server.ts";
import { cancelBySignal, logIn, type LoginWishes } from "../sign-in/sign-in.ts";
import { refreshProject } from "../../sources/local-tasks.ts";
import { isOnlyHere } from "../../sources/program-place.ts";
import { asWhom } from "../sign-in/words.ts";
import { remark, remarkStale, print, printJson } from "../terminal/terminal.ts";
import { scopeOf, type Run } from "../program/options.ts";
import { withSpinner } from "../terminal/spinner.ts";
import { whoAmI } from "../me.ts";

/** Forgets the secret of a source that was not added: no other command could take it away again. */
function forgetUnused(context: CommandContext, scope: ProjectScope, value: SourceValue): void {
  const config = SourceConfig.safeParse(draftValue(value)).data;
  const reference = config?.auth?.secret;
  if (config === undefined || reference === undefined || placeOf("env", reference) === null) return;
  if (sourcesOf(context, scope).some((one) => one.config.name === config.name)) return;
  const use = { source: config.name, origin: secretOriginOf(config), reference };
  forgetSecret(context.files.secrets, use);
}

/** Has the person sign in for the source that is about to be added. */
async function signInForNew(
  context: CommandContext,
  scope: ProjectScope,
  value: SourceValue,
  options: AddSourceOptions,
): Promise<void> {
  // Which preset fits is seen only after the sign-in.
  const source = readSource(draftValue(value));
  /** Throws while the server still refuses. */
  const probe = (sources: SourceContext): Promise<unknown> => toolNames(source, scope, sources);
  const wishes: LoginWishes = options.device === true ? { grant: "device" } : {};
  const login = { scope, source, wishes, signal: cancelBySignal() };
  const request = isPresetOpen(value) ? { ...login, probe } : login;
  const { signIn } = await logIn(context, request, options);
  if (options.json === true) return;
  remark(
    signIn === null
      ? `${source.name} needs no sign-in.`
      : `Signed in to ${source.name}${asWhom(signIn)} (${signIn.issuer}).`,
  );
}

interface Outcome {
  config: SourceConfig;
  /** Null without a test. */
  test: SourceTest | null;
  /** Null where the test failed. */
  kept: Kept | null;
}

/** Adds a source: without a test as it is, else only when it gives tasks. */
async function addNewSource(
  context: CommandContext,
  scope: ProjectScope,
  value: SourceValue,
  options: AddSourceOptions,
): Promise<Outcome> {
  const onStep = (step: TestStep): void => {
    if (options.json !== true) print(...stepLines(step));
  };
  if (options.login === true) await signInForNew(context, scope, value, options);
  return await withSourceContext(context, async (sources) => {
    const named = await withNamedIssuer(value, scope, sources);
    if (named !== value) onStep(issuerStep(named));
    let kept: Kept | null = null;
    try {
      const config = options.test ? await withPreset(named, scope, sources) : readSource(named);
      requireKnownSettings(config.name, config, config.with);
      const test = options.test ? await testSource(config, scope, sources, onStep) : null;
      if (test?.isGood ?? true) kept = keepSource(context, scope, config, options);
      return { config, test, kept };
    } finally {
      if (kept === null) forgetUnused(context, scope, named);
    }
  });
}

/** Where its program starts, and for which projects. */
function placeWords(config: SourceConfig, scope: ProjectScope, state: string): string[] {
  if (config.command === undefined) return [];
  if (isOnlyHere(config, scope)) return [`It is for ${scope.path} alone, and starts there.`];
  return [`It starts in ${config.cwd ?? state}, whatever project it is for.`];
}

const isSecretMissing = (error: unknown): error is SitrepError =>
  error instanceof SitrepError && error.code === "secret-missing";

/** The usual hint names the source, which is not there yet. */
const withoutSecret = (name: string, cause: SitrepError): SitrepError =>
  new SitrepError("secret-missing", cause.message, {
    hint: `Set it for this command, or add the source with --no-test and then: sitrep source secret ${name}`,
    cause,
  });

/**
 * Puts its tasks where the next brief reads them, whether a monitor runs or not; where it was not tested, that it is there
 * and was not read. Returns the sentence on it.
 */
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
  if (own === undefined) return "It is not for this project.";
  if (own.tasks !== null) return "The next brief has its tasks.";
  const { code } = own;
  return code === null || code === "waiting"
    ? "Its tasks are read with the next refresh."
    : `Asked for its tasks once more, it ${failureWords(code)}.`;
}

export const runAddSource: Run<[string, readonly string[]], AddSourceOptions> = async (
  context,
  name,
  command,
  options,
) => {
  const scope = scopeOf(context, options);
  const value = valueOf(context, name, command, options, scope);
  const isShared = options.team === true;
  // Refused before anybody signs in or a server is asked.
  if (isShared) requireShareable(context, scope, value);
  else requireFreeName(context.configFile, name, scope);
  const { config, test, kept } = await addNewSource(context, scope, value, options).catch(
    (error: unknown) => {
      throw isSecretMissing(error) ? withoutSecret(name, error) : error;
    },
  );
  if (kept === null) process.exitCode = 1;
  // A source in the project's file is not in use yet.
  const read =
    kept === null || isShared
      ? ""
      : await readNow(context, scope, name, test !== null).catch((error: unknown) => {
          remarkStale(error);
          return "";
        });
  if (options.json === true) {
    const done = { added: kept !== null, source: kept?.source ?? config, test };
    // One more line of JSON, after those of the sign-in.
    return printJson(done, options.login === true);
  }
  if (test !== null) showTasks(test);
  if (kept === null) {
    return remark(`sitrep: ${name} was not added. With --no-test it is added as it is.`);
  }
  if (isShared) return printShared(config, kept.file);
  const { strange } = whoAmI(context, options);
  const place = [
    ...placeWords(config, scope, context.folders.state),
    ...(strange === null ? [] : [strange]),
  ];
  print(`Added ${name} to ${kept.file}. ${read}`.trimEnd(), ...place);
};
