// The commands on a terminal, where they ask before they write and show what they do. `script` gives them one.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { builtFolder } from "../support/built.ts";
import { startIdentityProvider } from "../support/identity-provider.ts";
import { prepareInstallation } from "../support/installation.ts";
import { install } from "../support/installed.ts";
import { hasScript, onTerminal } from "../support/on-terminal.ts";
import { startProtectedTaskServer } from "../support/protected-task-server.ts";

describe.runIf(hasScript)("a command on a terminal", () => {
  test("install shows the diff on request and changes nothing without a yes", async () => {
    const context = prepareInstallation();
    const { code, screen } = await onTerminal(context, "install", {
      acts: [
        ["[Y/n/d] ", "d\r"],
        ["[Y/n/d] ", "n\r"],
      ],
    });
    expect(code).toBe(0);
    expect(screen).toContain('+            "type": "command"');
    expect(screen).toContain("Nothing was changed.");
    expect(existsSync(context.settingsFile)).toBe(false);
    expect(existsSync(context.state)).toBe(false);
  });

  test("allow shows what .sitrep.json names and allows nothing without a yes", async () => {
    const context = prepareInstallation();
    const source = { name: "far", type: "tickets", url: "https://tickets.example" };
    context.project.write(".sitrep.json", JSON.stringify({ sources: [source] }));
    const { screen } = await onTerminal(context, "allow", { typed: "n\n" });
    expect(screen).toContain("far contacts https://tickets.example");
    expect(screen).toContain("Nothing was allowed.");
    expect(context.ok("source", "list")).not.toContain("far");
    expect((await onTerminal(context, "allow", { typed: "y\n" })).screen).toContain("Allowed.");
    expect(context.ok("source", "list")).toContain("far");
  });

  test("a failed step is marked, and the error follows", async () => {
    const context = prepareInstallation();
    writeFileSync(join(context.sitrepHome, "data"), "a file where the folder should be");
    const { screen, code } = await onTerminal(context, "install --yes", { typed: "\n" });
    expect(code).toBe(1);
    expect(screen).toMatch(/✗ failed: copying the built files\s+.*sitrep:.* ENOTDIR/);
    expect(existsSync(context.settingsFile)).toBe(false);
  });

  test("uninstall names the files and changes nothing without a yes", async () => {
    const context = await install({ monitor: false });
    const before = readFileSync(context.settingsFile, "utf8");
    const { screen } = await onTerminal(context, "uninstall", { typed: "no\n" });
    expect(screen).toContain(context.settingsFile);
    expect(screen).toContain("Remove Sitrep's entries from these files? [y/N]");
    expect(screen).toContain("Nothing was changed.");
    expect(readFileSync(context.settingsFile, "utf8")).toBe(before);
  });

  test("a purge shows what it removes and what stays; an empty line means no", async () => {
    const context = await install({ monitor: false });
    context.ok("task", "add", "Rotate keys");
    writeFileSync(join(context.state, "notes"), "theirs");
    const { code, screen } = await onTerminal(context, "uninstall --purge", { typed: "\n" });
    expect(code).toBe(0);
    expect(screen).toMatch(/state: .*gates, .*, tasks\.db/);
    expect(screen).toContain(`${context.sitrepHome}: config.json`);
    expect(screen).toContain(`Not created by Sitrep, kept: ${join(context.state, "notes")}`);
    expect(screen).toContain("Remove all of this? It cannot be undone. [y/N]");
    expect(screen).toContain("Nothing was changed.");
    expect(context.ok("task", "list")).toContain("Rotate keys");
    expect((await onTerminal(context, "uninstall --purge", { typed: "yes\n" })).screen).toContain(
      "Permanently removed",
    );
    expect(readdirSync(context.state)).toEqual(["notes"]);
  });

  test("a sign-in opens the browser, counts down, and clears that line at the end", async () => {
    const context = prepareInstallation();
    const idp = await startIdentityProvider();
    const server = await startProtectedTaskServer(idp);
    const source = { name: "team", type: "mcp", preset: "4genthub", url: server.url };
    writeFileSync(join(context.sitrepHome, "config.json"), JSON.stringify({ sources: [source] }));
    const browser = join(import.meta.dirname, "../support/person-browser.ts");
    const script = [
      `import { createPersonBrowser } from ${JSON.stringify(browser)};`,
      `await fetch(await createPersonBrowser("${idp.origin}").open(process.argv.at(-1)));`,
    ];
    const opener = join(context.home, "xdg-open");
    writeFileSync(join(context.home, "browser.mjs"), script.join("\n"));
    writeFileSync(
      opener,
      `#!/bin/sh\nexec '${process.execPath}' '${context.home}/browser.mjs' "$1"\n`,
    );
    chmodSync(opener, 0o755);
    const env = { ...context.env, PATH: `${context.home}:${context.env["PATH"]}` };
    const { code, screen } = await onTerminal({ ...context, env }, "login team", { typed: "\n" });
    expect(code).toBe(0);
    expect(screen).toMatch(/Asking team: \d+ s\. Ctrl-C cancels\./);
    expect(screen).toContain("Opening your browser. If it does not open, go to this address:");
    expect(screen).toMatch(/Waiting for your browser: \d+ s left\. Ctrl-C cancels\.\r\u001b\[K/);
    expect(screen).toMatch(
      /Signed in to team as ana \(\S+\), renewed automatically\. 0 open tasks\./,
    );
  });

  test("a secret is asked for and not echoed", async () => {
    const context = prepareInstallation();
    const url = "https://tasks.example";
    const add = ["source", "add", "team", "--type", "tickets", "--url", url];
    context.ok(...add, "--token-keychain", "terminal-test", "--no-test");
    const program = `${process.execPath} ${join(builtFolder, "cli.cjs")} source secret team`;
    const child = spawn("script", ["-qec", program, "/dev/null"], {
      cwd: context.project.folder,
      env: context.env,
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    let screen = "";
    let isTyped = false;
    child.stdout.on("data", (part: Buffer) => {
      screen += part.toString("utf8");
      if (isTyped || !screen.includes("Secret for team (input is hidden): ")) return;
      isTyped = true;
      child.stdin.write("canary-5fx\u007F2c\r");
    });
    const [code] = (await once(child, "close")) as [number | null];
    expect(code).toBe(0);
    expect(screen).toContain(`for ${url} only`);
    expect(screen).not.toContain("canary");
    const folder = join(context.state, "secrets");
    const kept = readdirSync(folder).map((name) => readFileSync(join(folder, name), "utf8"));
    expect(kept.join("")).toContain("canary-5f2c");
  });
});
