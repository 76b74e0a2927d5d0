// Saves the source of `sitrep source add` to config.json, or with --team to the project's `.sitrep.json`.

import { homedir } from "node:os";
import { addSource } from "../../config/config-file.ts";
import { withTeamSource } from "../../config/project-file.ts";
import { isReference } from "../../config/secrets.ts";
import { sharedSource } from "../../config/shared-source.ts";
import type { SourceConfig } from "../../config/source-config.ts";
import type { CommandContext } from "../../config/context.ts";
import { SitrepError } from "../../core/errors.ts";
import type { ProjectScope } from "../../core/ports.ts";
import { cleanText } from "../../core/quote.ts";
import { replaceFile } from "../../state/files/replace-file.ts";
import { readSource, type AddSourceOptions } from "./add-options.ts";
import { draftValue, type SourceValue } from "./ask-server.ts";
import { nameStyle } from "../terminal/styles.ts";
import { print } from "../terminal/terminal.ts";

/** Adds a source to the project's file. Throws `usage` if it cannot be shared, and as `withTeamSource`. */
function teamFileWith(
  { env }: CommandContext,
  { path }: ProjectScope,
  config: SourceConfig,
  {
    first: isFirst = false,
    replace: isReplacing = false,
  }: Pick<AddSourceOptions, "first" | "replace">,
) {
  const { source, why } = sharedSource(config, env["HOME"] ?? homedir());
  if (source !== null) return { source, ...withTeamSource(path, source, isFirst, isReplacing) };
  throw new SitrepError("usage", `${config.name} cannot be shared: ${cleanText(why, 400)}.`, {
    hint: "Nothing was changed. Without --team it is added for you alone.",
  });
}

export interface SavedSource {
  /** The source as written to the file. */
  source: object;
  file: string;
}

export function saveSource(
  context: CommandContext,
  scope: ProjectScope,
  config: SourceConfig,
  options: AddSourceOptions,
): SavedSource {
  const { team, first: isFirst = false, replace: isReplacing = false } = options;
  if (team !== true) {
    addSource(context.configFile, config, { scope, isFirst, isReplacing, env: context.env });
    return { source: config, file: context.configFile };
  }
  const { source, file, text } = teamFileWith(context, scope, config, options);
  replaceFile(file, text, { mode: 0o644 });
  return { source, file };
}

/** Throws as `teamFileWith`. Ignores the sign-in: its issuer may be unknown yet, and its secret is a reference. */
export function requireShareable(
  context: CommandContext,
  scope: ProjectScope,
  value: SourceValue,
  options: AddSourceOptions,
): void {
  const { auth: _, ...bare } = value;
  teamFileWith(context, scope, readSource(draftValue(bare)), options);
}

export function printShared({ name, auth, env }: SourceConfig, file: string): void {
  const hasSecret = auth !== undefined || Object.values(env).some(isReference);
  const signIn = auth?.type === "login" ? `sitrep login ${name}` : `sitrep source secret ${name}`;
  print(
    `Added ${name} to ${file}. Commit it.`,
    "It does nothing until it is allowed. Everyone, including you, must run:",
    [nameStyle("  sitrep allow")],
    ...(hasSecret ? [[nameStyle(`  ${signIn}`)]] : []),
  );
}
