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
import { install, prepareInstallation } from "../support/installation.ts";
import { runLogin } from "../support/login-command.ts";
import { startProtectedTaskServer } from "../support/protected-task-server.ts";
import { agreeing } from "../support/sign-in.ts";
import { prepareSources } from "../support/source-commands.ts";

const secret = "canary-5f2c";
// Nobody is there.
const url = "http://127.0.0.1:9";
const addPlain = ["source", "add", "plain", "--type", "tickets", "--url", url, "--no-test"];

/** An installation with tasks, a secret in a file, a project's own file that is allowed, and whatever a monitor leaves. */
function lived() {
  const world = install();
  world.ok("task", "add", "Rotate keys");
  world.ok(...addPlain, "--token-keychain", "purge-test");
  const ran = spawnSync(
    process.execPath,
    [join(builtFolder, "cli.cjs"), "source", "secret", "plain"],
    { cwd: world.project.folder, env: world.env, input: `${secret}\n`, encoding: "utf8" },
  );
  expect(ran.status).toBe(0);
  world.project.write(".sitrep.json", '{"sources":[]}');
  world.ok("allow");
  world.sitrep("refresh");
  world.ok("off", "--project", world.project.folder);
  return world;
}

describe("a purge", () => {
  test("leaves nothing of ours, and the settings as they were", () => {
    const world = lived();
    expect(readdirSync(join(world.state, "secrets"))).toHaveLength(1);
    const said = world.ok("uninstall", "--purge", "--yes");
    expect(said).toContain("Removed for good:");
    expect(existsSync(world.sitrepHome)).toBe(false);
    expect(existsSync(world.settingsFile)).toBe(false);
    // The project's own file is the project's.
    expect(existsSync(join(world.project.folder, ".sitrep.json"))).toBe(true);
    world.ok("uninstall", "--purge", "--yes");
    expect(existsSync(world.sitrepHome)).toBe(false);
  });

  test("leaves what somebody else has put there, and names it", () => {
    const world = lived();
    const { state, sitrepHome } = world;
    const elsewhere = join(world.home, "elsewhere");
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
    const said = world.ok("uninstall", "--purge", "--yes");
    const left = [
      ...theirs,
      join(state, "quarantine"),
      join(state, "allowed", `${"a".repeat(64)}.json`),
    ];
    for (const file of left) expect(said).toContain(`Not made by Sitrep, left: ${file}`);
    for (const file of theirs) expect(readFileSync(file, "utf8")).toBe("theirs");
    expect(readdirSync(elsewhere)).toEqual(["cache.db", "deep"]);
    expect(readdirSync(state).toSorted()).toEqual(
      ["allowed", "cache.db.bak", "quarantine", "secrets", "tokens-of-mine"].toSorted(),
    );
    expect(readdirSync(sitrepHome).toSorted()).toEqual(["data", "notes.md", "state"]);
  });

  test("leaves a config.json with somebody else's settings", () => {
    const world = install({ monitor: false });
    const file = join(world.sitrepHome, "config.json");
    world.ok("uninstall", "--yes");
    writeFileSync(file, '{"auths":{"registry.example":{}}}');
    const ran = world.sitrep("uninstall", "--purge", "--yes");
    expect(ran).toMatchObject({ code: 0, stderr: "" });
    expect(ran.stdout).toContain(`Not made by Sitrep, left: ${file}`);
    expect(readdirSync(world.sitrepHome)).toEqual(["config.json"]);
  });

  test("in a pipe needs --yes, and changes nothing without it", () => {
    const world = lived();
    const before = readdirSync(world.state).toSorted();
    const settings = readFileSync(world.settingsFile, "utf8");
    for (const more of [[], ["--json"]]) {
      const ran = world.sitrep("uninstall", "--purge", ...more);
      expect(ran.code).toBe(2);
      expect(ran.stderr).toContain("sitrep uninstall --purge --yes");
    }
    expect(readdirSync(world.state).toSorted()).toEqual(before);
    expect(readFileSync(world.settingsFile, "utf8")).toBe(settings);
    const one = world.sitrep("uninstall", "--purge", "--yes", "--project", ".");
    expect(one.code).toBe(2);
    expect(existsSync(world.settingsFile)).toBe(true);
  });

  test("waits until every settings file could be read", () => {
    const world = lived();
    const text = `${readFileSync(world.settingsFile, "utf8")},`;
    writeFileSync(world.settingsFile, text);
    const ran = world.sitrep("uninstall", "--purge", "--yes", "--json");
    expect(ran.code).toBe(1);
    expect(JSON.parse(ran.stdout)).toMatchObject({ purged: null });
    expect(ran.stderr).toContain("nothing was purged");
    expect(readdirSync(join(world.state, "settings"))).toHaveLength(1);
    expect(readdirSync(join(world.state, "secrets"))).toHaveLength(1);
  });

  test("says as JSON what it took, and whose sign-in is not revoked", async () => {
    const world = prepareSources();
    const idp = await startIdentityProvider();
    const server = await startProtectedTaskServer(idp);
    const source = { name: "team", type: "mcp", preset: "4genthub", url: server.url };
    writeFileSync(join(world.sitrepHome, "config.json"), JSON.stringify({ sources: [source] }));
    const agree = agreeing(idp);
    await runLogin(world, ["login", "team"], {
      person: (event) => (event.event === "signed-in" ? undefined : agree(event)),
    });
    const asked = idp.requests.length;
    const said = await world.good(["uninstall", "--purge", "--yes", "--json"]);
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
    expect(existsSync(world.sitrepHome)).toBe(false);
  });
});

test("an uninstall without it says what stays", () => {
  const world = prepareInstallation();
  world.ok("install", "--yes", "--no-monitor");
  const said = world.ok("uninstall", "--yes");
  expect(said).toContain(`secrets and sign-ins stay in ${world.state}`);
  expect(said).toContain("With --purge they go too.");
});
