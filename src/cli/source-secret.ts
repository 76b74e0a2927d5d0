// `sitrep source secret NAME`: takes a secret by a prompt without echo, or from standard input; never as an argument.

import { SitrepError } from "../core/errors.ts";
import type { CommandContext } from "../config/context.ts";
import { keepSourceSecret } from "../sources/source-secret.ts";
import { scopeOf } from "./scope.ts";
import { print, printJson } from "./terminal.ts";

const longest = 64 * 1024;

/** Reads a line from the terminal and shows nothing of it. */
function askUnseen(question: string): Promise<string> {
  const { stdin, stderr } = process;
  // First: what is pasted as soon as the question is there must not be shown either.
  stdin.setRawMode(true);
  stderr.write(question);
  stdin.setEncoding("utf8");
  let text = "";
  return new Promise((resolve, reject) => {
    const end = (finish: () => void): void => {
      stdin.setRawMode(false);
      stdin.pause();
      stdin.removeAllListeners("data");
      stderr.write("\n");
      finish();
    };
    stdin.on("data", (part: string) => {
      for (const letter of part) {
        if (letter === "\u0003") {
          return end(() => reject(new SitrepError("cancelled", "Nothing was kept.")));
        }
        if (letter === "\r" || letter === "\n" || letter === "\u0004") {
          return end(() => resolve(text));
        }
        text = letter === "\u007F" || letter === "\b" ? text.slice(0, -1) : text + letter;
      }
    });
    stdin.resume();
  });
}

async function readAll(): Promise<string> {
  let text = "";
  for await (const part of process.stdin.setEncoding("utf8")) {
    text += String(part);
    if (text.length > longest) throw new SitrepError("usage", "That is too long for a secret.");
  }
  return text;
}

export async function runSourceSecret(
  context: CommandContext,
  name: string,
  options: { project?: string; json?: boolean },
): Promise<void> {
  const read = (): Promise<string> =>
    process.stdin.isTTY ? askUnseen(`Secret of ${name} (not shown): `) : readAll();
  const kept = await keepSourceSecret(context, scopeOf(context, options), name, read);
  if (options.json === true) return printJson({ name, ...kept });
  const { place, origin } = kept;
  const where = place.in === "keychain" ? "the keychain" : `${place.file} (0600)`;
  print(`Kept in ${where}, for ${origin} alone. Try it: sitrep source test ${name}`);
}
