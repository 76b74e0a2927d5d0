// Variables from a file that a person names. Nothing is read by itself, and what is set already stays as it is.

import { parseEnv } from "node:util";
import { SitrepError } from "../core/errors.ts";
import type { Environment } from "./folders.ts";
import { readSmallFile } from "../state/files/read-small-file.ts";

const largestFile = 64 * 1024;

/** `env` with what the file adds. Throws `usage` when there is no such file. */
export function withEnvFile(env: Environment, file: string | undefined): Environment {
  if (file === undefined) return env;
  const text = readSmallFile(file, largestFile);
  if (text === null) {
    throw new SitrepError("usage", `There is no file ${file}.`, {
      hint: "--env-file names a file with lines such as DATABASE_URL=postgres://…",
    });
  }
  return { ...parseEnv(text), ...env };
}
