// What `source test` does: one source, or all of a project.

import type { ProjectScope } from "../../core/ports.ts";
import type { CliWorld } from "../cli-world.ts";
import { settleEnvironment } from "./environment.ts";
import { sourcesOf, findSource } from "./source-list.ts";
import { withSourceWorld } from "./source-world.ts";
import { testSource } from "./test-source.ts";
import type { SourceTest, TestStep } from "./test-source.ts";

/** Tests one source, or all that are switched on but the embedded store. */
export async function testSources(
  world: CliWorld,
  scope: ProjectScope,
  name: string | null,
  onStep: (source: string, step: TestStep) => void,
): Promise<SourceTest[]> {
  await settleEnvironment(world, scope);
  const chosen =
    name === null
      ? sourcesOf(world, scope)
          .map(({ config }) => config)
          .filter(({ type, enabled }) => type !== "embedded" && enabled)
      : [findSource(world, scope, name)];
  return await withSourceWorld(world, async (sources) => {
    const tests: SourceTest[] = [];
    for (const config of chosen) {
      tests.push(await testSource(config, scope, sources, (step) => onStep(config.name, step)));
    }
    return tests;
  });
}
