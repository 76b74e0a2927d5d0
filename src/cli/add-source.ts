// `sitrep source add`: where tasks come from.

import { SitrepError } from "../core/errors.ts";
import { addNewSource } from "../sources/add-source.ts";
import type { AddRequest } from "../sources/add-source.ts";
import type { CommandContext } from "../config/context.ts";
import { signInForNew } from "./add-login.ts";
import { scopeOf } from "./scope.ts";
import { stepText, showTasks } from "./source-steps.ts";
import { valueOf } from "./source-value.ts";
import type { AddSourceOptions } from "./source-value.ts";
import { print, printJson, remark } from "./terminal.ts";

const isSecretMissing = (error: unknown): error is SitrepError =>
  error instanceof SitrepError && error.code === "secret-missing";

/** The source is not there yet that the usual way out names. */
const withoutSecret = (name: string, cause: SitrepError): SitrepError =>
  new SitrepError("secret-missing", cause.message, {
    hint: `Set it for this command, or add the source with --no-test and then: sitrep source secret ${name}`,
    cause,
  });

export async function runAddSource(
  context: CommandContext,
  name: string,
  command: readonly string[],
  options: AddSourceOptions,
): Promise<void> {
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
    // After the lines of the sign-in, one line more.
    return options.login === true ? print(JSON.stringify(done)) : printJson(done);
  }
  if (test !== null) showTasks(test);
  if (!isAdded)
    return remark(`sitrep: ${name} was not added. With --no-test it is added as it is.`);
  print(`Added ${name} to ${context.configFile}. The monitor notices within seconds.`);
}
