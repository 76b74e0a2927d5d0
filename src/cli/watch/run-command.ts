// Each change runs the command that a user would type, in a separate process: `watch` keeps nothing that it loads.

import { execFile } from "node:child_process";
import { join } from "node:path";
import type { CommandContext } from "../../config/context.ts";
import type { Located } from "../../git/repository.ts";
import { openBrowser } from "../terminal/browser.ts";
import type { Effect } from "./update.ts";
import type { Message, Page } from "./view.ts";

interface Ran {
  isDone: boolean;
  stdout: string;
  stderr: string;
}

/** Runs `sitrep WORDS` in the project. */
const run = ({ env }: CommandContext, { worktree }: Located, words: readonly string[]) =>
  new Promise<Ran>((resolve) => {
    const args = [join(import.meta.dirname, "cli.cjs"), "--color=never", ...words];
    execFile(process.execPath, args, { cwd: worktree, env }, (error, stdout, stderr) =>
      resolve({ isDone: error === null, stdout, stderr }),
    );
  });

const linesIn = (text: string): string[] =>
  text
    .split("\n")
    .map((line) =>
      line
        .trim()
        .replace(/^sitrep: /, "")
        .replaceAll(/\s+/g, " "),
    )
    .filter((line) => line !== "");

/** The message for a finished command: its result, or its error and hint. */
export function messageIn({ isDone, stdout, stderr }: Ran, subject = ""): Message {
  const [errors, said] = [linesIn(stderr), linesIn(stdout)];
  const result = subject === "" ? said.join("; ") : `${subject}: ${said[0] ?? ""}`;
  const words = isDone || errors.length === 0 ? [result, ...errors] : errors;
  return { text: words.join(" "), isBad: !isDone };
}

export type Work = Extract<Effect, { kind: "refresh" | "move" | "page" | "open" }>;

const doing = { start: "Starting", done: "Completing", block: "Blocking" } as const;

export function workText(work: Work): string {
  if (work.kind === "move") return `${doing[work.move]} ${work.name} …`;
  return work.kind === "refresh" ? "Refreshing the tasks …" : "Reading …";
}

/** Runs the command for `work`. Ids follow `--`, so that one that begins with a dash is not an option. */
export async function doWork(
  context: CommandContext,
  project: Located,
  work: Work,
): Promise<{ message?: Message; page?: Page }> {
  const command = (words: readonly string[]) => run(context, project, words);
  if (work.kind === "refresh") return { message: messageIn(await command(["refresh"])) };
  if (work.kind === "open") {
    openBrowser(work.url, context.env);
    return { message: { text: `Opening ${work.url}`, isBad: false } };
  }
  if (work.kind === "page") {
    const { stdout, stderr } = await command(work.words);
    return {
      page: { title: work.title, lines: `${stdout}${stderr}`.trimEnd().split("\n"), top: 0 },
    };
  }
  const { move, id, name, by } = work;
  const ran = await command(["task", move, ...by.map((one) => `--by=${one}`), "--", id]);
  return { message: messageIn(ran, name) };
}
