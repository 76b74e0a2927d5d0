// The command that would add a server that `sitrep source try` tried, and a name for the source.

import { basename } from "node:path";
import type { SourceConfig } from "../../config/source-config.ts";
import { cleanText } from "../../core/quote.ts";
import { shellWord } from "../../install/hook-entries.ts";
import { findPreset } from "../../sources/presets/presets.ts";
import type { AddSourceOptions } from "./add-options.ts";

export type TryOptions = Partial<AddSourceOptions> & { tool?: string };

const launchers = /^(?:npx|bunx|uvx|pnpm|npm|yarn|bun|node|deno|docker|python3?|env)$/;
const launcherWords = /^(?:-.*|dlx|exec|run|x|mcp|.*=.*)$/;

/** Suggests a source name from the package, the program or the host. */
export function suggestName(command: readonly string[], url: string | undefined): string {
  const host = URL.parse(url ?? "")?.hostname.replace(/^(?:mcp|www|api)\./, "") ?? "";
  const [program = "", ...args] = command;
  const isLauncher = launchers.test(basename(program));
  const own = isLauncher ? (args.find((arg) => !launcherWords.test(arg)) ?? program) : program;
  const text = url === undefined ? basename(own).replace(/(?<=.)@.*$|\.[cm]?[jt]s$/g, "") : host;
  const name = text.split(url === undefined ? "/" : ".")[0] ?? "";
  const plain = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, "-")
    .replace(/^[^a-z0-9]+/, "");
  return plain.slice(0, 40) || "server";
}

const flagOf = (option: string): string =>
  `--${option.replaceAll(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`;

/** The `source add` command with the given options; null when its text is not safe in a command. */
export function addTriedCommand(
  name: string,
  command: readonly string[],
  options: TryOptions,
  config: SourceConfig,
): string | null {
  const texts = [
    "url",
    "transport",
    "preset",
    "mapping",
    "tokenEnv",
    "tokenFile",
    "tokenKeychain",
    "header",
  ] as const;
  const parts = ["sitrep", "source", "add", name];
  for (const option of texts) {
    const value = options[option];
    if (value !== undefined) parts.push(flagOf(option), value);
  }
  for (const option of ["with", "env"] as const) {
    for (const value of options[option] ?? []) parts.push(`--${option}`, value);
  }
  const namesProject = JSON.stringify(config.mapping ?? {}).includes("${project.path}");
  const isOfAll = namesProject || findPreset(config.preset ?? "")?.worksInFolder === false;
  if (command.length > 0 && !isOfAll) parts.push("--only-here");
  if (command.length > 0) parts.push("--", ...command);
  return parts.some((part) => cleanText(part, part.length) !== part)
    ? null
    : parts.map(shellWord).join(" ");
}
