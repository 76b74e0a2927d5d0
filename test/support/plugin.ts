// Builds the Claude Code plugin for a test, and provides a person's Node that is not on Claude Code's PATH.

import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { readIdentity } from "../../src/state/live/lease.ts";
import { prepareInstallation, type TestInstallation } from "./installation.ts";

const root = join(import.meta.dirname, "../..");

/** Builds the plugin into `folder`. `version`: pretends to be this version. */
export function buildPlugin(folder: string, flags: readonly string[] = [], version?: string): void {
  const script = join(root, "scripts/build-plugin.ts");
  execFileSync(process.execPath, [script, ...flags, folder]);
  if (version === undefined) return;
  for (const name of [".claude-plugin/plugin.json", "package.json", "npm-shrinkwrap.json"]) {
    const file = join(folder, name);
    try {
      writeFileSync(file, readFileSync(file, "utf8").replaceAll("0.1.0", version));
    } catch {
      // Only a plugin from npm has all of these files.
    }
  }
  writeFileSync(join(folder, "build-id"), `${version}-test\n`);
  nameVersion(join(folder, "build"), version);
}

/** Changes the version that a build's bundles report. */
export function nameVersion(build: string, version: string): void {
  for (const name of readdirSync(build).filter((one) => /\.c?js$/.test(one))) {
    const text = readFileSync(join(build, name), "utf8").replaceAll('"0.1.0"', `"${version}"`);
    writeFileSync(join(build, name), `${text}\n// ${version}\n`);
  }
}

/** Writes a marketplace into a folder. `source`: the source of its only plugin. */
export function putMarketplace(folder: string, source: string | object): void {
  mkdirSync(join(folder, ".claude-plugin"), { recursive: true });
  const plugins = [{ name: "sitrep", source, description: "Sitrep" }];
  const market = { name: "sitrep", owner: { name: "Test" }, plugins };
  writeFileSync(join(folder, ".claude-plugin/marketplace.json"), JSON.stringify(market));
}

/** Makes a home without Sitrep, with the default state folder. `hasNode`: Node is where nvm installs it. */
export function aHome(hasNode = true): TestInstallation & { data: string } {
  const installation = prepareInstallation();
  const { home } = installation;
  delete installation.env["SITREP_HOME"];
  const state = join(home, ".local/state/sitrep");
  const config = join(home, ".config/sitrep");
  mkdirSync(config, { recursive: true, mode: 0o700 });
  writeFileSync(join(config, "config.json"), '{"refresh":{"heartbeatSeconds":0.3}}');
  if (hasNode) {
    const folder = join(home, ".nvm/versions/node/v24.0.0/bin");
    mkdirSync(folder, { recursive: true });
    symlinkSync(process.execPath, join(folder, "node"));
  }
  const data = join(home, ".claude/plugins/data/sitrep-sitrep");
  const live = join(state, "live");
  onTestFinished(() => {
    if (existsSync(state)) installation.sitrep("stop");
  });
  return { ...installation, state, live, data, monitorPid: () => readIdentity(live)?.pid ?? null };
}
