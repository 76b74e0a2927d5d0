// What opening a source needs, for as long as a command takes.

import { openSharedLimit } from "../http/shared-limit.ts";
import { configOf } from "../config/context.ts";
import type { CommandContext } from "../config/context.ts";
import { sourceContextOf } from "./credentials.ts";
import type { SourceContext } from "./credentials.ts";

/** Gives `work` what opening a source needs, with the environment of the command. */
export async function withSourceContext<T>(
  context: CommandContext,
  work: (sources: SourceContext) => Promise<T>,
): Promise<T> {
  const config = configOf(context);
  using limit = openSharedLimit(context.files.limits);
  return await work(sourceContextOf(context.files, config, context.env, limit.takePermit));
}
