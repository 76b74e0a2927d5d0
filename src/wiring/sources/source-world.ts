// What opening a source needs, for as long as a command takes.

import { openSharedLimit } from "../../resilience/shared-limit.ts";
import { configOf } from "../cli-world.ts";
import type { CliWorld } from "../cli-world.ts";
import { sourceWorldOf } from "./source-sign-in.ts";
import type { SourceWorld } from "./source-sign-in.ts";

/** Gives `work` what opening a source needs, with the environment of the command. */
export async function withSourceWorld<T>(
  world: CliWorld,
  work: (sources: SourceWorld) => Promise<T>,
): Promise<T> {
  const config = configOf(world);
  using limit = openSharedLimit(world.files.limits);
  return await work(sourceWorldOf(world.files, config, world.env, limit.takePermit));
}
