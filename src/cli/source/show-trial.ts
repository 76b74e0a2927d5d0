// The output of `sitrep source try`.

import { cleanText, cutText, quotedName } from "../../core/quote.ts";
import { printNotice, countText, print, screenWidth } from "../terminal/terminal.ts";
import { nameStyle, strong } from "../terminal/styles.ts";
import { table } from "../terminal/table.ts";
import { statusName } from "../task/task-rows.ts";
import { guessLines } from "./guessed.ts";
import type { OpenTasks } from "../../core/ports.ts";
import type { GuessLine, TriedCall } from "../../sources/mapping/guess-mapping.ts";

/** The result, as `--json` prints it. `error` is null when the server listed tasks, even if there are none. */
export interface Trial {
  server: { name: string; version: string };
  tools: { name: string; arguments: string[]; isReadOnly: boolean | null }[];
  calls: readonly TriedCall[];
  preset: string | null;
  guessed: readonly GuessLine[];
  mapping: object | null;
  tasks: OpenTasks["tasks"];
  total: number | null;
  unreadable: number;
  /** The command that adds the server as a source. */
  add: string | null;
  error: { code: string; message: string; hint?: string } | null;
}

const shownTools = 40;
const shownTasks = 10;
const shownLines = 24;
const maxLine = 160;

function showTools({ tools, calls }: Trial): void {
  const isCalled = (name: string): boolean => calls.some(({ tool }) => tool === name);
  const sorted = tools.toSorted((a, b) => Number(isCalled(b.name)) - Number(isCalled(a.name)));
  print(
    strong(`${countText(tools.length, "tool")}; arguments with a question mark may be left out:`),
    ...sorted
      .slice(0, shownTools)
      .map(({ name, arguments: args }) => [
        "  ",
        cleanText(`${name}(${args.join(", ")})`, maxLine),
      ]),
    ...(tools.length > shownTools ? [`  and ${tools.length - shownTools} more: --json`] : []),
  );
}

function showCall({ tool, arguments: args, response, why }: Trial["calls"][number]): void {
  print(strong(cleanText(`${tool} ${JSON.stringify(args)}`, maxLine)));
  const texts = response?.texts ?? [];
  const text = texts.length > 0 ? texts.join("\n") : JSON.stringify(response?.structured ?? null);
  const lines = response === null ? [] : text.split("\n");
  print(...lines.slice(0, shownLines).map((line) => [`  | ${cutText(line, maxLine)}`]));
  if (lines.length > shownLines) print(`  | … ${lines.length - shownLines} more lines: --json`);
  if (why !== null) print(`  ${cleanText(`${tool} ${why}`, 400)}`);
}

function showTasks({ tasks, total, unreadable }: Trial): void {
  const rows = tasks
    .slice(0, shownTasks)
    .map(({ id, status, priority, due, title }) => [
      nameStyle(cleanText(id, 40)),
      statusName({ status }),
      priority === "none" ? "" : priority,
      due ?? "",
      cleanText(title, 80),
    ]);
  const notes = [
    tasks.length > shownTasks ? `${shownTasks} are shown` : "",
    total === null ? "" : `the server has ${total}`,
    unreadable === 0 ? "" : `${unreadable} more have no id and cannot be read`,
  ].filter(Boolean);
  print(
    strong([`${countText(tasks.length, "open task")}`, ...notes].join("; ")),
    ...table(rows, { width: screenWidth(), indent: 2 }),
  );
}

export function showTrial(trial: Trial): void {
  const { server, calls, preset, guessed, error, add } = trial;
  print(`Connected to ${quotedName(server.name)} ${cleanText(server.version, 40)}.`, "");
  showTools(trial);
  for (const call of calls) {
    print("");
    showCall(call);
  }
  print("");
  if (preset !== null) print(`Preset: ${preset}`, "");
  const guess = guessLines(guessed);
  if (guess.length > 0) print(...guess, "");
  if (error !== null) {
    printNotice(
      `sitrep: ${error.code}: ${error.message}`,
      ...(error.hint?.split("\n") ?? []).map((line) => `  ${line}`),
    );
    return;
  }
  showTasks(trial);
  print(
    "",
    "Nothing was written. To add this source:",
    ...(add === null ? [] : [[nameStyle(`  ${add}`)]]),
  );
}
