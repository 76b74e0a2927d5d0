// What `source test` does: one source, or all of a project.

import type { ProjectScope } from "../core/ports.ts";
import type { CommandContext } from "../config/context.ts";
import { settleEnvironment } from "./settle-environment.ts";
import { sourcesOf, findSource } from "./source-list.ts";
import { withSourceContext } from "./source-context.ts";
import { testSource } from "./test-source.ts";
import type { SourceTest, TestStep } from "./test-source.ts";

/** Tests one source, or all that are switched on but the embedded store. */
export async function testSources(
  context: CommandContext,
  scope: ProjectScope,
  name: string | null,
  onStep: (source: string, step: TestStep) => void,
): Promise<SourceTest[]> {
  await settleEnvironment(context, scope);
  const chosen =
    name === null
      ? sourcesOf(context, scope)
          .map(({ config }) => config)
          .filter(({ type, enabled }) => type !== "embedded" && enabled)
      : [findSource(context, scope, name)];
  return await withSourceContext(context, async (sources) => {
    const tests: SourceTest[] = [];
    for (const config of chosen) {
      tests.push(await testSource(config, scope, sources, (step) => onStep(config.name, step)));
    }
    return tests;
  });
}
