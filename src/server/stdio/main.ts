// The executable of `sitrep mcp`, with its own bundle so that a session's start waits for nothing else.

import { parseArgs } from "node:util";
import { workingFolder } from "../../config/context.ts";
import { readToolGroups } from "../../config/config-file.ts";
import { SitrepError, messageOf } from "../../core/errors.ts";
import { writeLines, writeText } from "../../state/output/terminal.ts";
import { backendNames, type BackendName } from "../backend.ts";
import { runMcp, type McpOptions } from "./stdio-server.ts";

function readOptions(args: readonly string[]): McpOptions {
  const text = { type: "string" } as const;
  const options = {
    project: text,
    backend: text,
    source: text,
    "env-file": text,
    tools: text,
    state: text,
  };
  try {
    const { values } = parseArgs({ args: [...args], options, strict: true });
    const { "env-file": envFile, backend, tools, ...others } = values;
    if (backend !== undefined && !(backendNames as readonly string[]).includes(backend)) {
      throw new Error(`--backend must be ${backendNames.join(" or ")}, not "${backend}"`);
    }
    const groups = readToolGroups(tools);
    return { ...others, envFile, tools: groups, backend: backend as BackendName | undefined };
  } catch (cause) {
    const what = cause instanceof Error ? cause.message : String(cause);
    throw new SitrepError("usage", what, { hint: "See: sitrep mcp --help", cause });
  }
}

async function main(): Promise<void> {
  const args = process.argv.slice(2);
  try {
    await runMcp(
      process.env,
      workingFolder(),
      readOptions(args[0] === "mcp" ? args.slice(1) : args),
    );
    process.exitCode ??= 0;
  } catch (error) {
    writeLines("stderr", `sitrep mcp: ${messageOf(error)}`);
    if (error instanceof SitrepError && error.hint !== undefined) {
      writeText("stderr", `  ${error.hint}`);
    }
    process.exitCode = error instanceof SitrepError && error.code === "usage" ? 2 : 1;
  }
  // An open standard input would keep the process.
  process.exit();
}

void main();
