// `sitrep uninstall --purge` by the built command: everything of ours goes, and nothing else.

import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { builtFolder } from "../support/built.ts";
import { startIdentityProvider } from "../support/identity-provider.ts";
import { prepareInstallation } from "../support/installation.ts";
import { install } from "../support/installed.ts";
import { runLogin } from "../support/login-command.ts";
import { startProtectedTaskServer } from "../support/protected-task-server.ts";
import { agreeing } from "../support/sign-in.ts";
import { prepareSources } from "../support/source-commands.ts";
import { triesAll } from "../support/cases.ts";

const secret = "canary-5f2c";
// Nobody is there.
const url = "http://127.0.0.1:9";
const addPlain = ["source", "add", "plain", "--type", "tickets", "--url", url, "--no-test"];

/** An installation with tasks, a secret in a file, a project's own file that is allowed, and whatever a monitor leaves. */
async function lived() {
  const context = await install();
  context.ok("task", "add", "Rotate keys");
  context.ok(...addPlain, "--token-keychain", "purge-test");
  const ran = spawnSync(
    process.execPath,
    [join(builtFolder, "cli.cjs"), "source", "secret", "plain"],
    { cwd: context.project.folder, env: context.env, input: `${secret}\n`, encoding: "utf8" },
  );
  expect(ran.status).toBe(0);
  context.project.write(".sitrep.json", '{"sources":[]}');
  context.ok("allow", "--yes");
  context.sitrep("refresh");
  context.ok("off", "--project", context.project.folder);
  writeFileSync(join(context.state, "handoff.off"), "");
  return context;
}

describe("a purge", () => {
  test("a purge removes everything of Sitrep and restores the settings", async () => {
    const context = await lived();
    expect(readdirSync(join(context.state, "secrets"))).toHaveLength(1);
    const said = context.ok("uninstall", "--purge", "--yes");
    expect(said).toContain("Permanently removed ");
    expect(existsSync(context.sitrepHome)).toBe(false);
    expect(existsSync(context.settingsFile)).toBe(false);
    // The project's own file is the project's.
    expect(existsSync(join(context.project.folder, ".sitrep.json"))).toBe(true);
    context.ok("uninstall", "--purge", "--yes");
    expect(existsSync(context.sitrepHome)).toBe(false);
  });

  test("a purge leaves files of others and names them", async () => {
    const context = await lived();
    const { state, sitrepHome } = context;
    const elsewhere = join(context.home, "elsewhere");
    mkdirSync(join(elsewhere, "deep"), { recursive: true });
    writeFileSync(join(elsewhere, "cache.db"), "theirs");
    symlinkSync(elsewhere, join(state, "quarantine"));
    mkdirSync(join(state, "allowed", `${"a".repeat(64)}.json`));
    const theirs = [
      join(state, "secrets", "my-token"),
      join(state, "tokens-of-mine"),
      join(state, "cache.db.bak"),
      join(sitrepHome, "notes.md"),
      join(sitrepHome, "data", "more"),
    ];
    for (const file of theirs) writeFileSync(file, "theirs");
    const said = context.ok("uninstall", "--purge", "--yes");
    const left = [
      ...theirs,
      join(state, "quarantine"),
      join(state, "allowed", `${"a".repeat(64)}.json`),
    ];
    for (const file of left)
      expect(said).toContain(`Not created by Sitrep, left in place: ${file}`);
    for (const file of theirs) expect(readFileSync(file, "utf8")).toBe("theirs");
    expect(readdirSync(elsewhere)).toEqual(["cache.db", "deep"]);
    expect(readdirSync(state).toSorted()).toEqual(
      ["allowed", "cache.db.bak", "quarantine", "secrets", "tokens-of-mine"].toSorted(),
    );
    expect(readdirSync(sitrepHome).toSorted()).toEqual(["data", "notes.md", "state"]);
  });

  test.runIf(triesAll)("a purge leaves a config.json with settings of others", async () => {
    const context = await install({ monitor: false });
    const file = join(context.sitrepHome, "config.json");
    context.ok("uninstall", "--yes");
    writeFileSync(file, '{"auths":{"registry.example":{}}}');
    const ran = context.sitrep("uninstall", "--purge", "--yes");
    expect(ran).toMatchObject({ code: 0, stderr: "" });
    expect(ran.stdout).toContain(`Not created by Sitrep, left in place: ${file}`);
    expect(readdirSync(context.sitrepHome)).toEqual(["config.json"]);
  });

  test("a purge in a pipe needs --yes and changes nothing without it", async () => {
    const context = await lived();
    // The monitor, which runs, may open and close the store meanwhile.
    const names = (): string[] =>
      readdirSync(context.state)
        .filter((name) => !/-(?:wal|shm|journal)$/.test(name))
        .toSorted();
    const before = names();
    const settings = readFileSync(context.settingsFile, "utf8");
    for (const more of [[], ["--json"]]) {
      const ran = context.sitrep("uninstall", "--purge", ...more);
      expect(ran.code).toBe(2);
      expect(ran.stderr).toContain("sitrep uninstall --purge --yes");
    }
    expect(names()).toEqual(before);
    expect(readFileSync(context.settingsFile, "utf8")).toBe(settings);
    const one = context.sitrep("uninstall", "--purge", "--yes", "--project", ".");
    expect(one.code).toBe(2);
    expect(existsSync(context.settingsFile)).toBe(true);
  });

  test("F80: a purge removes nothing until every settings file can be read", async () => {
    const context = await lived();
    const text = `${readFileSync(context.settingsFile, "utf8")},`;
    writeFileSync(context.settingsFile, text);
    const ran = context.sitrep("uninstall", "--purge", "--yes", "--json");
    expect(ran.code).toBe(1);
    expect(JSON.parse(ran.stdout)).toMatchObject({ purged: null });
    expect(ran.stderr).toContain("nothing was purged");
    expect(readdirSync(join(context.state, "settings"))).toHaveLength(1);
    expect(readdirSync(join(context.state, "secrets"))).toHaveLength(1);
  });

  test.runIf(triesAll)(
    "a purge reports in JSON what it removed and which sign-ins were not revoked",
    async () => {
      const context = prepareSources();
      const idp = await startIdentityProvider();
      const server = await startProtectedTaskServer(idp);
      const source = { name: "team", type: "mcp", preset: "4genthub", url: server.url };
      writeFileSync(join(context.sitrepHome, "config.json"), JSON.stringify({ sources: [source] }));
      const agree = agreeing(idp);
      await runLogin(context, ["login", "team"], {
        person: (event) => (event.event === "signed-in" ? undefined : agree(event)),
      });
      const asked = idp.requests.length;
      const said = await context.good(["uninstall", "--purge", "--yes", "--json"]);
      const done = JSON.parse(said) as { purged: { removed: string[] } };
      expect(done).toMatchObject({
        filesRemoved: true,
        purged: {
          left: [],
          keychain: [],
          notRevoked: [{ source: "team", issuer: idp.issuer, subject: "ana" }],
        },
      });
      expect(done.purged.removed.some((file) => file.includes("/tokens/"))).toBe(true);
      expect(idp.requests).toHaveLength(asked);
      expect(existsSync(context.sitrepHome)).toBe(false);
    },
  );
});

test("an uninstall without --purge says what stays", () => {
  const context = prepareInstallation();
  context.ok("install", "--yes", "--no-monitor");
  const said = context.ok("uninstall", "--yes");
  expect(said).toContain(`secrets and sign-ins stay in ${context.state}`);
  expect(said).toContain("To remove them too, use --purge");
});
