// Gets the token that a tracker's own program keeps: `gh` and `glab` print it for one host. The program runs only if a person
// named it in the source's `auth`. The token is kept in memory for a few minutes.

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { programReference } from "../config/source/auth.ts";
import type { Environment } from "../config/folders.ts";
import { SitrepError } from "../core/errors.ts";
import { withoutSecrets } from "../core/secrets/secret-names.ts";
import { findOutside } from "./locate-program.ts";

const timeoutMs = 5000;
const keptMs = 300_000;
const maxLength = 4096;

const programs = {
  gh: (host: string) => ["auth", "token", "--hostname", host],
  glab: (host: string) => ["config", "get", "token", "--host", host],
} as const;
type Program = keyof typeof programs;

export interface TokenProgram {
  readonly program: Program;
  readonly host: string;
}

/** `${gh:github.com}`; null for a reference to a secret. */
export function parseTokenProgram(reference: string): TokenProgram | null {
  const [, program, host = ""] = programReference.exec(reference) ?? [];
  return program === undefined ? null : { program: program as Program, host };
}

/** The programs that print tokens and are on the PATH outside `project`. */
export const findTokenPrograms = (path: string, project: string): Program[] =>
  (Object.keys(programs) as Program[]).filter(
    (name) => findOutside(name, path, project) !== undefined,
  );

const run = promisify(execFile);
const kept = new Map<string, { token: string; until: number }>();

interface RunPlace {
  /** For messages. */
  readonly source: string;
  /** The folder that the program starts in: one of ours. */
  readonly folder: string;
  /** Its environment, from which token variables are removed, because the program would print those tokens. */
  readonly env: Environment;
  /** Programs in this folder are not run. */
  readonly project: string;
}

function missing(
  { source }: RunPlace,
  { program, host }: TokenProgram,
  what: string,
  hint = `Sign in with it: ${program} auth login --hostname ${host}; then: sitrep source test ${source}`,
): SitrepError {
  return new SitrepError("secret-missing", `${source}: ${program} ${what}.`, { hint });
}

const isLate = (error: unknown): boolean =>
  error instanceof Error && "killed" in error && error.killed === true;

/** `isAfterRefusal`: the kept token was refused. Throws `secret-missing`. */
export async function programToken(
  reference: TokenProgram,
  place: RunPlace,
  isAfterRefusal: boolean,
): Promise<string> {
  const { program, host } = reference;
  const { env, folder: cwd, project } = place;
  const file = findOutside(program, env["PATH"] ?? "", project);
  if (file === undefined) {
    const hint = `Install ${program}, or use a token in a variable (--token-env). A project's own folders are not searched.`;
    throw missing(place, reference, "is not on the PATH", hint);
  }
  const key = `${file}\n${host}`;
  const known = kept.get(key);
  if (known !== undefined && !isAfterRefusal && performance.now() < known.until) return known.token;
  const quiet = { ...withoutSecrets({ ...env }), GH_PROMPT_DISABLED: "1", NO_COLOR: "1" };
  const options = {
    cwd,
    env: quiet,
    timeout: timeoutMs,
    killSignal: "SIGKILL",
    maxBuffer: 65_536,
  } as const;
  const none = `has no token for ${host}`;
  // Without the cause, which contains the program's output.
  const { stdout } = await run(file, programs[program](host), options).catch((error: unknown) => {
    const late = `did not answer within ${timeoutMs} ms`;
    throw missing(place, reference, isLate(error) ? late : none);
  });
  const token = stdout.trim();
  if (!/^[\x21-\x7e]+$/.test(token) || token.length > maxLength)
    throw missing(place, reference, none);
  kept.set(key, { token, until: performance.now() + keptMs });
  return token;
}
