// No server is contacted and no file imported before all questions are answered.

import { join } from "node:path";
import { readdirSync } from "node:fs";
import type { CommandContext } from "../../config/context.ts";
import { isForPeople } from "../../config/source-address.ts";
import type { SourceConfig } from "../../config/source-config.ts";
import { codeOf, isSitrepError, messageOf } from "../../core/errors.ts";
import { importTasks } from "../../core/task/import-tasks.ts";
import { isOpenTask } from "../../core/task/task.ts";
import { cleanText } from "../../core/quote.ts";
import { defined } from "../../core/read.ts";
import type { ProjectScope } from "../../core/ports.ts";
import type { Located } from "../../git/repository.ts";
import { symlinkOutside } from "../../state/files/real-path.ts";
import { readSmallFile } from "../../state/files/read-small-file.ts";
import { scopeIn } from "../program/verb-context.ts";
import { runAddSource } from "../source/add.ts";
import { addCommand, findServers, sourceOf } from "../source/discover.ts";
import { sourcesOf } from "../source/lookup.ts";
import { importFile } from "../task/transfer.ts";
import { confirm, countOf, remark } from "../terminal/terminal.ts";

interface Found {
  name: string;
  question: string;
  add: (context: CommandContext, project: Located) => Promise<void>;
}

const placeOf = ({ url, command, args }: SourceConfig): string =>
  url ?? [command, ...args].join(" ");

function foundServer(source: SourceConfig): Found {
  const { name, url, command, args, env, transport, preset } = source;
  const place = cleanText(placeOf(source), 2000);
  const then =
    url === undefined
      ? "It will be started now"
      : "It will be contacted now, and may ask you to sign in";
  const options = {
    type: "mcp",
    ...defined({ url, transport, preset }),
    env: Object.entries(env).map(([key, value]) => `${key}=${value}`),
    ...(isForPeople(source) && { login: true }),
    test: true,
  };
  return {
    name,
    question: `Use tasks from ${name} (${place})? ${then}.`,
    add: (context, { worktree }) =>
      runAddSource(context, name, command === undefined ? [] : [command, ...args], {
        ...options,
        project: worktree,
      }),
  };
}

/** Servers that look like task servers and are not a source yet. For one that needs a token, prints the command. */
function foundServers(context: CommandContext, scope: ProjectScope): Found[] {
  const known = sourcesOf(context, scope).map(({ config }) => config);
  return findServers(scope, context.env).flatMap((server) => {
    const command = addCommand(server);
    if (command === null) return [];
    const source = sourceOf(server);
    if (known.some((one) => one.name === source.name || placeOf(one) === placeOf(source))) {
      return [];
    }
    if (!server.hasHeaders) return [foundServer(source)];
    remark(`${source.name} looks like a task server that needs a token. To use its tasks:`);
    remark([`  ${command}`]);
    return [];
  });
}

const listFile = /^(?:to-?do|tasks?|backlog)\.(?:md|json)$/i;
const largestFile = 1024 * 1024;

function openTasksIn(path: string): number {
  const text = readSmallFile(path, largestFile);
  if (text === null) return 0;
  try {
    return importTasks(text, path).filter(isOpenTask).length;
  } catch {
    return 0;
  }
}

function foundFiles({ worktree }: Located): Found[] {
  return readdirSync(worktree)
    .map((name) => ({ name, file: join(worktree, name) }))
    .filter(({ name, file }) => listFile.test(name) && symlinkOutside(worktree, file) === null)
    .flatMap(({ name, file }): Found[] => {
      const count = openTasksIn(file);
      if (count === 0) return [];
      const question = `Import ${cleanText(name, 100)}, which has ${countOf(count, "open task")}?`;
      return [
        { name, question, add: (context) => importFile(context, file, { project: worktree }) },
      ];
    });
}

export async function askForFound(context: CommandContext, project: Located): Promise<Found[]> {
  const wanted: Found[] = [];
  for (const found of [...foundServers(context, scopeIn(project)), ...foundFiles(project)]) {
    // oxlint-disable-next-line no-await-in-loop -- one question after the other
    if (await confirm(found.question, false)) wanted.push(found);
  }
  return wanted;
}

/** Adds what was agreed to. A failure is reported and the next one follows; Ctrl-C skips the rest. */
export async function addFound(
  context: CommandContext,
  project: Located,
  wanted: readonly Found[],
): Promise<void> {
  for (const [at, { name, add }] of wanted.entries()) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- one question after the other
      await add(context, project);
    } catch (error) {
      const isCancelled = codeOf(error) === "cancelled";
      const left = isCancelled ? wanted.slice(at).map((one) => one.name) : [name];
      remark(`Not added: ${left.join(", ")}. ${messageOf(error)}`);
      const hint = isSitrepError(error) ? error.hint : undefined;
      if (hint !== undefined) remark(`  ${hint}`);
      process.exitCode = isCancelled ? 130 : 1;
      if (isCancelled) return;
    }
  }
}
