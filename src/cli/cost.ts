// `sitrep cost`: how many tokens each session was given, by kind, and what the client spends on its own git snapshot.

import { existsSync } from "node:fs";
import { gitOf, projectOf, type CommandContext } from "../config/context.ts";
import { costKinds, costsOf, instructionTokens, snapshotText } from "../core/cost.ts";
import type { SessionCost } from "../core/cost.ts";
import { estimateTokens } from "../core/brief/fit.ts";
import { parseObject } from "../core/read.ts";
import { agoWords } from "../core/time.ts";
import { readClientSnapshot } from "../git/client-snapshot.ts";
import type { Located } from "../git/repository.ts";
import { createSpawnGit } from "../git/spawn-git.ts";
import { scopes } from "../install/entries.ts";
import { readSettingsFile } from "../install/settings-file.ts";
import { settingsPath } from "../install/settings-target.ts";
import type { Cell, Line } from "../state/output/styled.ts";
import { deliveriesOf } from "./last.ts";
import { faint, name, strong } from "./terminal/styles.ts";
import { table, wrapped } from "./terminal/table.ts";
import type { ProjectOptions } from "./program/options.ts";
import { countOf, printResult, screenWidth } from "./terminal/terminal.ts";

const gitWithinMs = 5000;
const mostShown = 10;

/** Tokens of the client's snapshot here; null where it has none, or git does not say. */
async function snapshotTokens(
  context: CommandContext,
  { project, repository }: Located,
): Promise<number | null> {
  const program = gitOf(context, project);
  if (repository === null || program === null || !existsSync(program.file)) return null;
  const caller = { program, run: createSpawnGit(program), timeoutMs: gitWithinMs };
  const snapshot = await readClientSnapshot(repository, caller).catch(() => null);
  return snapshot === null ? null : estimateTokens(snapshotText(snapshot));
}

/** As the client's settings for this project have it; it is on where none says otherwise. */
function hasSnapshot(context: CommandContext, project: Located): boolean {
  for (const scope of scopes) {
    try {
      const { text } = readSettingsFile(settingsPath(context, project, scope));
      const value = parseObject(text ?? "")?.["includeGitInstructions"];
      if (typeof value === "boolean") return value;
    } catch {
      // The client passes over it too.
    }
  }
  return true;
}

function clientWords(tokens: number | null, isOn: boolean): string | null {
  if (!isOn) return "Claude Code's own git snapshot is switched off here.";
  if (tokens === null) return null;
  return (
    `Beside that Claude Code gives each session a git snapshot of its own, about ${tokens} tokens here, which is not brought up to date. ` +
    `"includeGitInstructions": false in its settings leaves it out, with its instructions on commits and pull requests (about ${instructionTokens} more). Sitrep does not set it.`
  );
}

/** `0` says nothing. */
const cell = (tokens: number): Cell => (tokens === 0 ? "" : String(tokens));

function sessionLines(sessions: readonly SessionCost[], width: number | null): Line[] {
  if (sessions.length === 0)
    return ["Nothing that a session was given is on record; what is given is kept for 14 days."];
  const shown = sessions.slice(0, mostShown);
  const kinds = costKinds.filter((kind) => shown.some((one) => one.kinds[kind] > 0));
  const head = ["session", "last", ...kinds, "all"].map(strong);
  const rows = shown.map(({ sessionId, at, kinds: tokens, tokens: all }): Cell[] => [
    name(sessionId.slice(0, 8)),
    agoWords(at, Date.now()),
    ...kinds.map((kind) => cell(tokens[kind])),
    String(all),
  ]);
  const total = sessions.reduce((sum, { tokens }) => sum + tokens, 0);
  const mean = Math.round(total / sessions.length);
  return [
    ...table([head, ...rows], { width }),
    ...(sessions.length > shown.length
      ? [faint(`${sessions.length - shown.length} more: --json`)]
      : []),
    `${countOf(sessions.length, "session")} on record, about ${total} tokens: ${mean} a session.`,
  ];
}

/** Tokens are estimated from the texts as o200k counts them, within a tenth; no model is asked. */
export async function runCost(context: CommandContext, options: ProjectOptions): Promise<void> {
  const project = projectOf(context, options.project);
  const sessions = costsOf(deliveriesOf(context, null, Number.MAX_SAFE_INTEGER));
  const [snapshot, isOn] = [await snapshotTokens(context, project), hasSnapshot(context, project)];
  const words = clientWords(snapshot, isOn);
  const width = screenWidth();
  printResult(
    options,
    {
      sessions,
      client: { gitSnapshot: isOn, snapshotTokens: isOn ? snapshot : 0, instructionTokens },
    },
    () => [
      ...sessionLines(sessions, width),
      faint("Estimated from the texts, as o200k counts tokens."),
      ...(words === null ? [] : ["", ...wrapped(words, width)]),
    ],
  );
}
