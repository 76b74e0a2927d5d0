// `sitrep source secret`: stores the secret that a source signs in with. It reads the secret from a prompt without echo
// or from standard input, never from an argument.

import { isReference, putSecret } from "../../config/secrets.ts";
import { sourceOrigin, secretOrigin } from "../../config/source-address.ts";
import type { SourceConfig } from "../../config/source-config.ts";
import { SitrepError } from "../../core/errors.ts";
import { parseTokenProgram } from "../../sources/tracker-token.ts";
import { refreshProject } from "../../sources/local-tasks.ts";
import { listSourceFailures, findSource } from "./lookup.ts";
import { locateScope, type Run } from "../program/verb-context.ts";
import { readUnseen } from "../../state/output/terminal.ts";
import { printResult } from "../terminal/terminal.ts";
import { withSpinner } from "../terminal/spinner.ts";

/** The sign-in's secret reference, or the only one in the command's variables, and the only origin it may go to. */
function secretOf(config: SourceConfig): { reference: string; origin: string } | null {
  const reference = config.auth?.secret;
  const { program, host } = parseTokenProgram(reference ?? "") ?? {};
  if (program !== undefined) {
    throw new SitrepError(
      "usage",
      `${config.name} signs in with the token that ${program} keeps.`,
      {
        hint: `To change it: ${program} auth login --hostname ${host}`,
      },
    );
  }
  if (reference !== undefined) return { reference, origin: secretOrigin(config) };
  const [given, ...others] = new Set(Object.values(config.env).filter(isReference));
  if (others.length > 0) {
    throw new SitrepError(
      "usage",
      `${config.name} has several secrets, each in a variable of its own.`,
      { hint: "Set these variables and run: sitrep source test" },
    );
  }
  return given === undefined ? null : { reference: given, origin: sourceOrigin(config) };
}

const longest = 64 * 1024;

async function readAll(): Promise<string> {
  let text = "";
  for await (const part of process.stdin.setEncoding("utf8")) {
    text += String(part);
    if (text.length > longest) throw new SitrepError("usage", "The secret is longer than 64 KiB.");
  }
  return text;
}

/** Throws `source-unknown`, and `usage` for a source without a secret and for an empty secret. */
export const runSourceSecret: Run<[string]> = async (context, name, options) => {
  const scope = locateScope(context, options);
  const use = secretOf(findSource(context, scope, name));
  if (use === null) {
    throw new SitrepError("usage", `${name} does not sign in with a secret.`, {
      hint: `Add it again with a secret: sitrep source remove ${name}, then sitrep source add ${name} … --token-keychain ${name}`,
    });
  }
  const given = process.stdin.isTTY
    ? readUnseen(`Secret for ${name} (input is hidden): `)
    : readAll();
  const secret = (await given).trim();
  if (secret === "") throw new SitrepError("usage", "No secret was given on standard input.");
  const place = putSecret(context.files.secrets, { source: name, ...use }, secret);
  const where = place.in === "keychain" ? "the keychain" : `${place.file} (0600)`;
  const words = `Stored in ${where}, for ${use.origin} only. To test it: sitrep source test ${name}`;
  printResult(options, { name, ...use, place }, words);
  // The last refresh may have failed because this secret was missing.
  if (listSourceFailures(context, scope).some(({ source }) => source === name)) {
    await withSpinner(`asking ${name}`, () => refreshProject(context, scope));
  }
};
