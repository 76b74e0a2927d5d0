// `sitrep last`: what sessions were told, word for word, when, why, and from how old data.

import { SitrepError } from "../core/errors.ts";
import { failureWords } from "../core/brief/source-lines.ts";
import { sessionIdOf } from "../core/session.ts";
import type { Telling } from "../core/telling.ts";
import { estimateTokens } from "../core/tokens.ts";
import { ageWords } from "../core/words.ts";
import type { CliWorld } from "../wiring/cli-world.ts";
import { tellingsOf } from "../wiring/tellings.ts";
import { print, printJson, remark } from "./terminal.ts";

export interface LastOptions {
  session?: string;
  count: string;
  json?: boolean;
}

const ageAt = (telling: Telling, then: number | null): string =>
  then === null ? "never read" : `${ageWords(Math.max(0, telling.at - then))} old`;

function dataWords(telling: Telling): string {
  const { sources, gitReadAt, foundAt } = telling.data;
  const parts = [
    ...sources.map(({ source, fetchedAt, code }) => {
      const why = code === null ? "" : `, ${failureWords(code)}`;
      return `tasks of ${source} ${ageAt(telling, fetchedAt)}${why}`;
    }),
    ...(gitReadAt === null ? [] : [`git ${ageAt(telling, gitReadAt)}`]),
    ...(foundAt === null ? [] : [`found ${ageWords(Math.max(0, telling.at - foundAt))} before`]),
  ];
  return parts.length === 0 ? "nothing was known" : parts.join("; ");
}

function show(telling: Telling): void {
  const when = new Date(telling.at).toISOString();
  print(`${when} · session ${telling.sessionId} · ${telling.event} (${telling.cause})`);
  print(`${telling.text.length} characters · ${dataWords(telling)}`);
  print("");
  print(telling.text);
  print("");
}

export function runLast(world: CliWorld, options: LastOptions): void {
  const count = Number(options.count);
  if (!Number.isInteger(count) || count < 1) {
    throw new SitrepError("usage", `--count is no number above 0: ${options.count}`);
  }
  const sessionId = options.session === undefined ? null : sessionIdOf(options.session);
  if (options.session !== undefined && sessionId === null) {
    throw new SitrepError("usage", `--session is no session id: ${options.session}`);
  }
  const tellings = tellingsOf(world, sessionId, count);
  if (options.json === true) {
    const listed = tellings.map((telling) => ({
      ...telling,
      characters: telling.text.length,
      tokens: estimateTokens(telling.text),
    }));
    return printJson(listed);
  }
  if (tellings.length === 0) remark("Nothing was told yet.");
  for (const telling of tellings) show(telling);
}
