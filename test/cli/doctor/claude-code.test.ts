// What the doctor learns of Claude Code from its files. It is never started.

import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkClaudeCode } from "../../../src/cli/doctor/claude-code.ts";
import { createDoctorContext } from "../../../src/cli/doctor/doctor-context.ts";
import { createCommandContext, locateProject } from "../../../src/config/context.ts";
import { temporaryFolder } from "../../support/temporary.ts";

const put = (file: string, text: string): string => {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  chmodSync(file, 0o755);
  return file;
};

/** A home with a project and a PATH on which `claude` is a link to `target`. */
function aHome(target: string | null = null) {
  const home = temporaryFolder();
  const [bin, folder] = [join(home, "bin"), join(home, "shop-api")];
  mkdirSync(bin);
  mkdirSync(folder);
  if (target !== null) symlinkSync(target, join(bin, "claude"));
  const env = { HOME: home, SITREP_HOME: join(home, "sitrep"), PATH: bin };
  const context = createCommandContext(
    { ...env, CLAUDE_CONFIG_DIR: join(home, ".claude") },
    folder,
  );
  const project = locateProject(context, undefined);
  const found = () => checkClaudeCode(createDoctorContext(context, project, true));
  return { home, folder: project.worktree, found };
}

/** Fails when it is run. */
const program = "#!/bin/sh\nexit 1\n";

describe("the version of Claude Code", () => {
  test("is read from the path of its installer, and its known issues are reported", () => {
    const file = put(join(temporaryFolder(), "claude/versions/2.1.202"), program);
    expect(aHome(file).found()).toMatchObject({
      state: "warning",
      detail: expect.stringContaining("version 2.1.202: a late brief") as string,
      fix: "claude update",
      isSafe: false,
    });
  });

  test.each(["cli.js", "bin/claude"])("is read from its npm package: %s", (name) => {
    const folder = temporaryFolder();
    put(join(folder, "package.json"), '{"name":"@anthropic-ai/claude-code","version":"2.1.329"}');
    const found = aHome(put(join(folder, name), program)).found();
    expect(found).toEqual({ state: "ok", detail: "version 2.1.329" });
  });

  test("is unknown when it is not installed, or its files do not say", () => {
    const unknown = { state: "ok", detail: "version unknown" };
    expect(aHome().found()).toEqual(unknown);
    expect(aHome(put(join(temporaryFolder(), "claude"), program)).found()).toEqual(unknown);
  });
});

describe("a folder that is not trusted in Claude Code", () => {
  const trust = (folder: string, hasTrustDialogAccepted: boolean): string =>
    JSON.stringify({ projects: { [folder]: { hasTrustDialogAccepted } } });

  test("is reported until a person trusts it", () => {
    const { home, folder, found } = aHome();
    const file = join(home, ".claude.json");
    writeFileSync(file, trust(folder, false));
    expect(found()).toMatchObject({ state: "warning", fix: `cd ${folder} && claude` });
    writeFileSync(file, trust(folder, true));
    expect(found().state).toBe("ok");
  });

  test("is not reported if Claude Code does not know it", () => {
    const { home, found } = aHome();
    writeFileSync(join(home, ".claude.json"), trust("/elsewhere", false));
    expect(found().state).toBe("ok");
  });
});
