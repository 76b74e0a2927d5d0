// A project with GitHub issues: a fake of GitHub's API on loopback, with a stored token and cached issues.

import { join } from "node:path";
import { builtFolder } from "./built.ts";
import { runShell } from "./installation.ts";
import { prepareSources, type SourceContext } from "./source-commands.ts";
import { startTracker, token, type FakeTracker } from "./trackers.ts";

/** Configures the source `issues` without permission to write. */
export async function configureTracker(
  context: SourceContext = prepareSources(),
): Promise<{ context: SourceContext; fake: FakeTracker }> {
  const fake = await startTracker("github", 2);
  const source = { name: "issues", type: "json", preset: "github", url: fake.origin };
  const auth = { type: "bearer", secret: "${env:TOKEN}" };
  context.configure({ ...source, auth, with: { repository: "o/r" } });
  const keep = `'${process.execPath}' '${join(builtFolder, "cli.cjs")}' source secret issues`;
  await runShell(keep, { cwd: context.project.folder, env: context.env, input: token });
  await context.refresh();
  return { context, fake };
}
