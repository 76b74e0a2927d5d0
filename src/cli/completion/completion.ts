// `sitrep completion`: the script that a shell reads, and the words that it asks for at each Tab.

import { projectOf, type CommandContext } from "../../config/context.ts";
import { cleanText } from "../../core/quote.ts";
import { complete, isPlain, type Proposal, type ValueKind } from "./complete.ts";
import { scripts, shells } from "./scripts.ts";
import { scopeIn } from "../program/options.ts";
import { cachedViews, sourcesOf } from "../source/sources.ts";
import { print, verbatim } from "../terminal/terminal.ts";
import type { Verb } from "../program/verb.ts";

const mostTasks = 500;

/** From what is cached: no server is asked. */
function namesOf(context: CommandContext, kind: ValueKind | null): Proposal[] {
  if (kind !== "tasks" && kind !== "sources") return [];
  const scope = scopeIn(projectOf(context, undefined));
  const all =
    kind === "tasks"
      ? cachedViews(context, scope, mostTasks).flatMap(({ tasks }) =>
          tasks.map(({ id, title }) => ({ text: id, about: cleanText(title, 60) })),
        )
      : sourcesOf(context, scope).map(({ config }) => ({ text: config.name, about: config.type }));
  return all.filter(({ text }) => isPlain(text));
}

const lineOf = ({ text, about }: Proposal): string => (about === "" ? text : `${text}  ${about}`);

/** `what`: a shell, or `words` for what can stand at the end of these. */
export function runCompletion(
  context: CommandContext,
  program: Verb,
  what: string,
  words: readonly string[],
): void {
  const shell = shells.find((one) => one === what);
  if (shell !== undefined) return print(...verbatim(scripts[shell]));
  const { proposals, kind } = complete(program, words);
  const lines = [...proposals, ...namesOf(context, kind)].map(lineOf);
  if (kind === "files" || kind === "dirs") lines.push(`:${kind}`);
  print(...lines.map((line) => [line]));
}
