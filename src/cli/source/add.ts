// `sitrep source add`: finds out about a source, has a person sign in where that is wanted, tests it, and then keeps it.

import { addSource } from "../../config/config-file.ts";
import { forgetSecret, variableName } from "../../config/secrets.ts";
import { secretOriginOf } from "../../config/source-address.ts";
import { SourceConfig } from "../../config/source-config.ts";
import { SitrepError } from "../../core/errors.ts";
import type { ProjectScope } from "../../core/ports.ts";
import type { CommandContext } from "../../config/context.ts";
import { sourcesOf, withSourceContext } from "../sources.ts";
import type { SourceContext } from "../../sources/credentials.ts";
import { testSource, stepText, showTasks } from "./test.ts";
import type { SourceTest, TestStep } from "./test.ts";
import { readSource, valueOf } from "./add-options.ts";
import type { AddSourceOptions } from "./add-options.ts";
import {
  draftValue,
  isPresetOpen,
  issuerStep,
  toolNames,
  withNamedIssuer,
  withPreset,
} from "./ask-server.ts";
import type { SourceValue } from "./ask-server.ts";
import { cancelBySignal, logIn } from "../sign-in.ts";
import type { LoginWishes } from "../sign-in.ts";
import { asWhom } from "../sign-in-words.ts";
import type { Run } from "../options.ts";
import { remark, print, printJson } from "../terminal.ts";
import { scopeOf } from "../options.ts";

interface AddRequest {
  value: SourceValue;
  scope: ProjectScope;
  isFirst: boolean;
  /** Adds it only when it gives tasks. */
  mustTest: boolean;
  /** Has a person sign in first. `probe` throws while the server still refuses. */
  signIn?: (
    draft: SourceConfig,
    probe: ((sources: SourceContext) => Promise<unknown>) | undefined,
  ) => Promise<unknown>;
  onStep: (step: TestStep) => void;
}

/** Forgets the secret of a source that was not added: no other command could take it away again. */
function forgetUnused(context: CommandContext, scope: ProjectScope, value: SourceValue): void {
  const config = SourceConfig.safeParse(draftValue(value)).data;
  const reference = config?.auth?.secret;
  if (config === undefined || reference === undefined || variableName(reference) === null) return;
  if (sourcesOf(context, scope).some((one) => one.config.name === config.name)) return;
  const use = { source: config.name, origin: secretOriginOf(config), reference };
  forgetSecret(context.files.secrets, use);
}

/** Adds the source; with `mustTest` only when it gives tasks. */
async function tryAndAdd(
  context: CommandContext,
  { scope, isFirst, mustTest, onStep }: AddRequest,
  value: SourceValue,
  sources: SourceContext,
): Promise<{ config: SourceConfig; test: SourceTest | null }> {
  const config = mustTest ? await withPreset(value, scope, sources) : readSource(value);
  const test = mustTest ? await testSource(config, scope, sources, onStep) : null;
  if (test === null || test.isGood) addSource(context.configFile, config, isFirst, context.env);
  return { config, test };
}

/** Adds a source to config.json; with `mustTest` only when the test went well. */
async function addNewSource(
  context: CommandContext,
  request: AddRequest,
): Promise<{ config: SourceConfig; test: SourceTest | null }> {
  const { value, scope, onStep, signIn } = request;
  if (signIn !== undefined) {
    // Which preset fits is seen only after the sign-in.
    const draft = readSource(draftValue(value));
    const probe = (sources: SourceContext): Promise<unknown> => toolNames(draft, scope, sources);
    await signIn(draft, isPresetOpen(value) ? probe : undefined);
  }
  return await withSourceContext(context, async (sources) => {
    const named = await withNamedIssuer(value, scope, sources);
    if (named !== value) onStep(issuerStep(named));
    try {
      return await tryAndAdd(context, request, named, sources);
    } finally {
      forgetUnused(context, scope, named);
    }
  });
}

/** Has the person sign in for the source that is about to be added. */
function signInForNew(
  context: CommandContext,
  scope: ProjectScope,
  options: AddSourceOptions,
): NonNullable<AddRequest["signIn"]> {
  return async (source, probe) => {
    const wishes: LoginWishes = options.device === true ? { grant: "device" } : {};
    const request = { scope, source, wishes, signal: cancelBySignal(), ...(probe && { probe }) };
    const { signIn } = await logIn(context, request, options);
    if (options.json === true) return;
    remark(
      signIn === null
        ? `${source.name} needs no sign-in.`
        : `Signed in to ${source.name}${asWhom(signIn)} (${signIn.issuer}).`,
    );
  };
}

const isSecretMissing = (error: unknown): error is SitrepError =>
  error instanceof SitrepError && error.code === "secret-missing";

/** The usual hint names the source, which is not there yet. */
const withoutSecret = (name: string, cause: SitrepError): SitrepError =>
  new SitrepError("secret-missing", cause.message, {
    hint: `Set it for this command, or add the source with --no-test and then: sitrep source secret ${name}`,
    cause,
  });

export const runAddSource: Run<[string, readonly string[]], AddSourceOptions> = async (
  context,
  name,
  command,
  options,
) => {
  const scope = scopeOf(context, options);
  const request = {
    ...(options.login === true && { signIn: signInForNew(context, scope, options) }),
    value: valueOf(context, name, command, options, scope),
    scope,
    isFirst: options.first === true,
    mustTest: options.test,
    onStep: (step) => {
      if (options.json !== true) print(stepText(step));
    },
  } satisfies AddRequest;
  const { config, test } = await addNewSource(context, request).catch((error: unknown) => {
    throw isSecretMissing(error) ? withoutSecret(name, error) : error;
  });
  const isAdded = test?.isGood ?? true;
  if (!isAdded) process.exitCode = 1;
  if (options.json === true) {
    const done = { added: isAdded, source: config, test };
    // One more line of JSON, after those of the sign-in.
    return options.login === true ? print(JSON.stringify(done)) : printJson(done);
  }
  if (test !== null) showTasks(test);
  if (!isAdded)
    return remark(`sitrep: ${name} was not added. With --no-test it is added as it is.`);
  print(`Added ${name} to ${context.configFile}. The monitor notices within seconds.`);
};
