// What `sitrep init` can put into a project's file, and the questions by which a person chooses.

import { homedir } from "node:os";
import { insecureBecause } from "../../config/source-address.ts";
import { readProjectFile } from "../../config/project-file.ts";
import { tokenVariable } from "../../config/shared-source.ts";
import { SourceConfig } from "../../config/source-config.ts";
import type { CommandContext } from "../../config/context.ts";
import { cleanText } from "../../core/quote.ts";
import type { ProjectScope } from "../../core/ports.ts";
import { issueText } from "../../core/read.ts";
import { guess, presets } from "../../sources/presets/presets.ts";
import { addCommand, findServers, sourceOf } from "../source/discover.ts";
import { sourcesOf } from "../source/sources.ts";
import { agree, ask, confirm, remark } from "../terminal/terminal.ts";

export interface Candidate {
  config: SourceConfig;
  /** The project's file as it is, the person's settings, or a server of the client that nobody has added yet. */
  from: "file" | "settings" | "client";
}

/** Each keeps their own token. */
const withToken = (source: SourceConfig): SourceConfig => ({
  ...source,
  auth: { type: "bearer", secret: `\${env:${tokenVariable(source.name)}}` },
});

/** What could be shared, each name once. Nothing is asked or started. */
export function candidatesOf(context: CommandContext, scope: ProjectScope): Candidate[] {
  const own = sourcesOf(context, scope).filter(({ from }) => from !== "project");
  // Allowed or not: nothing of it is used here.
  const there = readProjectFile(scope.path, context.files.allowed)?.sources ?? [];
  const servers = findServers(scope, context.env["HOME"] ?? homedir()).filter(
    (server) => addCommand(server) !== null,
  );
  const all: Candidate[] = [
    ...there.map((config) => ({ config, from: "file" }) as const),
    ...own
      .filter(({ config }) => config.type !== "embedded" && config.enabled)
      .map(({ config }) => ({ config, from: "settings" }) as const),
    ...servers.map((server) => {
      const config = sourceOf(server);
      return { config: server.hasHeaders ? withToken(config) : config, from: "client" } as const;
    }),
  ];
  return all.filter(
    (one, at) => all.findIndex(({ config }) => config.name === one.config.name) === at,
  );
}

const question = ({ name, url, command, args }: SourceConfig): string =>
  `Share ${name} (${cleanText(url ?? [command, ...args].join(" "), 2000)})?`;

const types = ["mcp", "task-tracking", "manage-task", "tickets"];

/** A source by its address, and what that does not say; null where none is named. */
async function askForAnother(isFirst: boolean): Promise<SourceConfig | "none" | "mistake"> {
  const url = await ask(
    `${isFirst ? "The address of a task server" : "Another address"} (empty: none):`,
  );
  if (url === null || url === "") return "none";
  const known = guess(url)?.name;
  const type = known === undefined ? await ask(`What it speaks (${types.join(", ")}):`) : "mcp";
  const preset =
    known ??
    (type === "mcp"
      ? await ask(`Its preset (${presets.map(({ name }) => name).join(", ")}):`)
      : undefined);
  const usual = known ?? "team";
  const name = (await ask(`Its name (empty: ${usual}):`)) || usual;
  const how = (await ask("How each signs in (login, token, or empty: not at all):")) ?? "";
  const auth =
    how === "login"
      ? { auth: { type: "login" } }
      : how === "token"
        ? { auth: { type: "bearer", secret: `\${env:${tokenVariable(name)}}` } }
        : {};
  const read = SourceConfig.safeParse({ name, type, url, ...(preset && { preset }), ...auth });
  const mistake = read.success ? insecureBecause(url, []) : issueText(read.error);
  if (mistake === null && read.data !== undefined) return read.data;
  remark(`This is no source: ${mistake ?? ""}`);
  return "mistake";
}

/** Asks for each, and then for others. What the person has in use is shared by an empty line, what was only found is not. */
export async function askForSources(candidates: readonly Candidate[]): Promise<SourceConfig[]> {
  const chosen: SourceConfig[] = [];
  for (const { config, from } of candidates) {
    const words = question(config);
    // oxlint-disable-next-line no-await-in-loop -- one question after the other
    const isWanted = from === "client" ? await confirm(words, false) : await agree(words);
    if (isWanted) chosen.push(config);
  }
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- one question after the other
    const another = await askForAnother(chosen.length === 0);
    if (another === "none") return chosen;
    if (another !== "mistake") chosen.push(another);
  }
}
