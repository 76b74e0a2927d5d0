// Reads the files of deploy/ as an operator's programs do, and finds those programs if they are installed.

import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { parse } from "yaml";
import * as z from "zod";
import { cache } from "../../scripts/cached-packages.ts";

export const root: string = join(import.meta.dirname, "../..");
export const deployFolder: string = join(root, "deploy");
export const deployed = (name: string): string => readFileSync(join(deployFolder, name), "utf8");

const service = z.looseObject({
  image: z.string(),
  environment: z.record(z.string(), z.string()).default({}),
  volumes: z.array(z.string()).default([]),
  stop_grace_period: z.string().optional(),
});

export type ComposeService = z.infer<typeof service>;

/** The services of compose.yaml, with anchors and merges resolved. */
export function readCompose(): Record<string, ComposeService> {
  const file = z.looseObject({ services: z.record(z.string(), service) });
  return file.parse(parse(deployed("compose.yaml"))).services;
}

export interface Instruction {
  /** The index of the build stage, from 0. */
  readonly stage: number;
  readonly name: string;
  readonly value: string;
}

export function readDockerfile(): Instruction[] {
  let stage = -1;
  return deployed("Dockerfile")
    .replaceAll("\\\n", "")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => {
      const [, name = "", value = ""] = /^([A-Z]+)\s+(.*)$/.exec(line.trim()) ?? [];
      if (name === "FROM") stage += 1;
      return { stage, name, value };
    });
}

/** Returns the values of an instruction in a build stage. */
export const valuesOf = (name: string, stage: number): string[] =>
  readDockerfile()
    .filter((one) => one.name === name && one.stage === stage)
    .map(({ value }) => value);

/** Returns the names that COPY takes from the build context. */
export const copiedNames = (stage: number): string[] =>
  valuesOf("COPY", stage)
    .filter((value) => !value.startsWith("--from"))
    .flatMap((value) => value.split(/\s+/).slice(0, -1));

/** Finds a Debian package's program, installed or unpacked in the cache folder (docs/testing.md); null without it. */
export function operatorsProgram(packageName: string, program: string): string | null {
  const folders = [
    join(cache, `deb@${packageName}`, "usr/bin"),
    ...(process.env["PATH"] ?? "").split(delimiter),
  ];
  const found = folders.map((folder) => join(folder, program)).find(existsSync);
  if (found !== undefined) return found;
  const how = `Unpack it as docs/testing.md says, or apt-get install ${packageName}.`;
  if (process.env["SITREP_NEED_OPERATORS"] === "1") throw new Error(`No ${program}. ${how}`);
  // oxlint-disable-next-line no-console
  console.warn(`\n*** SKIPPED: tests need ${program}. ${how}\n`);
  return null;
}
