// Opens what `sitrep mcp` serves.

import type { Located } from "../../git/repository.ts";
import { chooseBackend } from "./choose-backend.ts";
import type { BackendName } from "./choose-backend.ts";
import { configOf } from "../../config/context.ts";
import type { CommandContext } from "../../config/context.ts";
import { openLocalBackend } from "./local-backend.ts";
import type { ToolBackend } from "./opened-backend.ts";
import { listSources } from "../../sources/source-pool.ts";

export interface ToolBackendOptions {
  readonly backend?: BackendName;
  readonly source?: string;
}

/**
 * What a tool writes is in the next brief. Throws `secret-missing` (its message is the task service's own),
 * `source-unknown`, `config-invalid`, `store-unreadable`.
 */
export async function openToolBackend(
  context: CommandContext,
  located: Located,
  options: ToolBackendOptions,
): Promise<ToolBackend> {
  const { project: path, projectName: name, branch } = located;
  const scope = { path, name, branch };
  const sources = listSources(configOf(context), context.files, scope).map((one) => one.config);
  const choice = chooseBackend(options, context.env, sources);
  if (choice.kind === "store") return openLocalBackend(context, scope);
  const { openRemoteBackend } = await import("./remote-backend.ts");
  return openRemoteBackend(context, scope, choice, sources);
}
