// What the doctor says of the client, from its files as it and npm put them. It is never started.

import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkClient } from "../../../src/cli/doctor/claude-code.ts";
import { commandsFor } from "../../../src/cli/doctor/commands.ts";
import { createCommandContext, projectOf } from "../../../src/config/context.ts";
import { temporaryFolder } from "../../support/temporary.ts";

const put = (file: string, text: string): string => {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  chmodSync(file, 0o755);
  return file;
};

/** A home with a project, whose PATH leads to `client`. */
function aHome(client: string | null = null) {
  const home = temporaryFolder();
  const [bin, folder] = [join(home, "bin"), join(home, "shop-api")];
  mkdirSync(bin);
  mkdirSync(folder);
  if (client !== null) symlinkSync(client, join(bin, "claude"));
  const env = { HOME: home, SITREP_HOME: join(home, "sitrep"), PATH: bin };
  const context = createCommandContext(
    { ...env, CLAUDE_CONFIG_DIR: join(home, ".claude") },
    folder,
  );
  const project = projectOf(context, undefined);
  const found = () => checkClient(context, project, commandsFor(context, project, true));
  return { home, folder: project.worktree, found };
}

/** It would tell on itself if it were run. */
const program = "#!/bin/sh\nexit 1\n";

describe("the client's version", () => {
  test("is told from its installer's place, with what is known of it", () => {
    const file = put(join(temporaryFolder(), "claude/versions/2.1.202"), program);
    expect(aHome(file).found()).toMatchObject({
      state: "warning",
      detail: expect.stringContaining("version 2.1.202: a late brief") as string,
      fix: "claude update",
      isSafe: false,
    });
  });

  test.each(["cli.js", "bin/claude"])("is told from npm's package: %s", (name) => {
    const folder = temporaryFolder();
    put(join(folder, "package.json"), '{"name":"@anthropic-ai/claude-code","version":"2.1.329"}');
    const found = aHome(put(join(folder, name), program)).found();
    expect(found).toEqual({ state: "ok", detail: "version 2.1.329" });
  });

  test("is not known where there is none, or nothing says it", () => {
    const unknown = { state: "ok", detail: "its version is not known" };
    expect(aHome().found()).toEqual(unknown);
    expect(aHome(put(join(temporaryFolder(), "claude"), program)).found()).toEqual(unknown);
  });
});

describe("a folder that nobody has trusted in the client", () => {
  const trust = (folder: string, hasTrustDialogAccepted: boolean): string =>
    JSON.stringify({ projects: { [folder]: { hasTrustDialogAccepted } } });

  test("is told, and no more once it is trusted", () => {
    const { home, folder, found } = aHome();
    const file = join(home, ".claude.json");
    writeFileSync(file, trust(folder, false));
    expect(found()).toMatchObject({ state: "warning", fix: `cd ${folder} && claude` });
    writeFileSync(file, trust(folder, true));
    expect(found().state).toBe("ok");
  });

  test("is none that the client does not know", () => {
    const { home, found } = aHome();
    writeFileSync(join(home, ".claude.json"), trust("/elsewhere", false));
    expect(found().state).toBe("ok");
  });
});
