// `sitrep source secret`: keeps the secret that a source signs in with. It is taken by a prompt without echo or from
// standard input, and never as an argument.

import { isReference, putSecret } from "../../config/secrets.ts";
import { originOf, secretOriginOf } from "../../config/source-address.ts";
import type { SourceConfig } from "../../config/source-config.ts";
import { SitrepError } from "../../core/errors.ts";
import { refreshProject } from "../../sources/local-tasks.ts";
import { failuresOf, findSource } from "./sources.ts";
import { scopeOf, type Run } from "../program/options.ts";
import { readUnseen } from "../../state/output/terminal.ts";
import { printResult } from "../terminal/terminal.ts";
import { withSpinner } from "../terminal/spinner.ts";

/**
 * The reference of the sign-in, else the only one among the variables of a command. Each with the only origin that it may
 * be sent to.
 */
function secretOf(config: SourceConfig): { reference: string; origin: string } | null {
  const reference = config.auth?.secret;
  if (reference !== undefined) return { reference, origin: secretOriginOf(config) };
  const [given, ...others] = new Set(Object.values(config.env).filter(isReference));
  if (others.length > 0) {
    throw new SitrepError("usage", `${config.name} has several secrets, each in its variable.`, {
      hint: "Set the variables for one run of: sitrep source test",
    });
  }
  return given === undefined ? null : { reference: given, origin: originOf(config) };
}

const longest = 64 * 1024;

async function readAll(): Promise<string> {
  let text = "";
  for await (const part of process.stdin.setEncoding("utf8")) {
    text += String(part);
    if (text.length > longest) throw new SitrepError("usage", "That is too long for a secret.");
  }
  return text;
}

/** Throws `source-unknown`, and `usage` for a source that signs in with no secret and for an empty one. */
export const runSourceSecret: Run<[string]> = async (context, name, options) => {
  const scope = scopeOf(context, options);
  const use = secretOf(findSource(context, scope, name));
  if (use === null) {
    throw new SitrepError("usage", `${name} signs in with no secret.`, {
      hint: `Remove it and add it anew, with a secret: sitrep source remove ${name}, then sitrep source add ${name} … --token-keychain ${name}`,
    });
  }
  const given = process.stdin.isTTY ? readUnseen(`Secret of ${name} (not shown): `) : readAll();
  const secret = (await given).trim();
  if (secret === "") throw new SitrepError("usage", "There was no secret on standard input.");
  const place = putSecret(context.files.secrets, { source: name, ...use }, secret);
  const where = place.in === "keychain" ? "the keychain" : `${place.file} (0600)`;
  const words = `Kept in ${where}, for ${use.origin} alone. Try it: sitrep source test ${name}`;
  printResult(options, { name, ...use, place }, words);
  // What was refused for want of it is asked again at once.
  if (failuresOf(context, scope).some(({ source }) => source === name)) {
    await withSpinner(`asking ${name}`, () => refreshProject(context, scope));
  }
};
