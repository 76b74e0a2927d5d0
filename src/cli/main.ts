// The `sitrep` command: its verbs and options. Each verb's code is loaded when it is called.

import { createRequire } from "node:module";
import { join } from "node:path";
import { Command, CommanderError, Option } from "commander";
import { backendNames } from "../server/stdio/choose-backend.ts";
import { createCommandContext, requireSupportedNode } from "../config/context.ts";
import type { PreviewEvent } from "./brief.ts";
import { scopes } from "../install/entries.ts";
import { version } from "../config/version.ts";
import { json, project } from "./options.ts";
import { addServeVerbs } from "./serve-verbs.ts";
import { addSourceVerbs } from "./source-verbs.ts";
import { addTaskVerbs } from "./task-verbs.ts";
import { fail } from "./terminal.ts";

const context = createCommandContext(process.env, process.cwd());
const build = import.meta.dirname;

/** Named here too, so that help loads no verb. */
const previewEvents: readonly PreviewEvent[] = [
  "session-start",
  "subagent-start",
  "pre-tool-use",
  "user-prompt-submit",
];

const example = (text: string): string => `\nExample:\n  ${text}`;

const program = new Command("sitrep")
  .description("Briefs every Claude Code session on its pending tasks and its repository.")
  .version(version)
  .configureHelp({ showGlobalOptions: false })
  // An option after a verb belongs to that verb, also where the verb above it has an option of the same name.
  .enablePositionalOptions()
  .exitOverride();

function command(name: string, description: string, shown: string, parent = program): Command {
  return parent
    .command(name)
    .description(description)
    .addHelpText("after", example(shown))
    .exitOverride();
}

command("install", "add the hooks to a project's settings", "sitrep install --project ~/shop-api")
  .addOption(project())
  .addOption(new Option("--scope <scope>", "which settings file").choices(scopes).default("local"))
  .option("--dry-run", "show the change and make none")
  .option("--yes", "ask nothing")
  .option("--no-monitor", "start no monitor")
  .option("--prompts", "tell news with each prompt too")
  .option("--no-prompts")
  .option("--statusline", "set the client's status line")
  .option("--no-statusline")
  .option("--mcp", "register the task tools in the project's .mcp.json")
  .option("--no-mcp")
  .option("--mcp-permission", "with --mcp: let the client call the tools without asking")
  .option("--no-mcp-permission")
  .addOption(json())
  .action(async (options) => (await import("./install.ts")).runInstall(context, options, build));

command("uninstall", "take the hooks out again", "sitrep uninstall --project ~/shop-api")
  .addOption(new Option("--project <dir>", "only this project (default: all)"))
  .option("--purge", "take tasks, settings, secrets and sign-ins away too, for good")
  .option("--yes", "ask nothing")
  .addOption(json())
  .action(async (options) => (await import("./uninstall.ts")).runUninstall(context, options));

command(
  "demo",
  "what npm start runs: install with sample tasks",
  "npm start -- --project ~/shop-api",
)
  .addOption(project())
  .action(async (options) => (await import("./demo.ts")).runDemo(context, options, build));

command("start", "start the monitor", "sitrep start")
  .addOption(json())
  .action(async (options) => (await import("./monitor.ts")).runStart(context, options));
command("stop", "stop the monitor", "sitrep stop")
  .addOption(json())
  .action(async (options) => (await import("./monitor.ts")).runStop(context, options));
command("restart", "stop the monitor and start it anew", "sitrep restart")
  .addOption(json())
  .action(async (options) => (await import("./monitor.ts")).runRestart(context, options));
command("refresh", "ask the task sources now", "sitrep refresh --project ~/shop-api")
  .addOption(project())
  .addOption(json())
  .action(async (options) => (await import("./monitor.ts")).runRefresh(context, options));

command("status", "what is fresh, stale or failing", "sitrep status --json")
  .addOption(json())
  .action(async (options) => (await import("./status.ts")).runStatus(context, options));
command("doctor", "look for what is wrong", "sitrep doctor --project ~/shop-api")
  .addOption(project())
  .addOption(json())
  .action(async (options) => (await import("./doctor.ts")).runDoctor(context, options));

command(
  "brief",
  "what the next session would read",
  "sitrep brief --now 2026-11-21T10:02:00Z --key k3f9",
)
  .addOption(project())
  .option("--now <instant>", "as if it were then: ISO 8601 or epoch milliseconds")
  .option("--key <key>", "the key of the fence")
  .option(
    "--source <source>",
    "how the session begins: startup, resume, clear, compact, fork",
    "startup",
  )
  .option("--session <id>", "as for this session")
  .addOption(
    new Option("--event <event>", "what the hook of this event would say")
      .choices(previewEvents)
      .default("session-start"),
  )
  .option("--input <file>", "the hook's input, JSON as the client sends it; - for stdin")
  .option("--explain", "why the tasks are in this order, and what had no room")
  .addOption(json())
  .action(async (options) => (await import("./brief.ts")).runBrief(context, options));
command("last", "what sessions were given, word for word", "sitrep last --session 1f0c…")
  .option("--session <id>", "this session only, from its beginning")
  .option("--count <n>", "how many without --session", "1")
  .addOption(json())
  .action(async (options) => (await import("./last.ts")).runLast(context, options));
command("statusline", "one line for the client's status line", "sitrep statusline < input.json")
  .addHelpText("after", "\nSet it with: sitrep install --statusline")
  .action(async () => (await import("./statusline.ts")).runStatuslineCommand(context));

command("off", "silence every hook, or those of a project", "sitrep off --project .")
  .addOption(new Option("--project <dir>", "only this project"))
  .action(async (options) => (await import("./switch.ts")).runOff(context, options));
command("on", "let the hooks speak again", "sitrep on")
  .addOption(new Option("--project <dir>", "only this project"))
  .action(async (options) => (await import("./switch.ts")).runOn(context, options));

addTaskVerbs(program, command, context);
addSourceVerbs(program, command, context);
addServeVerbs(program, command, context);

command("mcp", "serve the task tools to an MCP client on stdio", "sitrep mcp --backend rest")
  .addOption(new Option("--project <dir>", "the project's folder (default: the client's)"))
  .addOption(new Option("--backend <backend>", "what to serve").choices(backendNames))
  .option("--source <name>", "serve this configured source")
  .option("--env-file <file>", "read environment variables from this file")
  .addOption(new Option("--state <dir>", "the installation's state folder").hideHelp())
  // A bundle of its own, which reads the arguments itself.
  .action(() => void createRequire(join(build, "cli.cjs"))("./mcp-main.cjs"));

const cache = program.command("cache").description("what is cached").exitOverride();

command("stats", "entries, bytes, valid and expired", "sitrep cache stats --json", cache)
  .addOption(json())
  .action(async (options) => (await import("./cache.ts")).runCacheStats(context, options));
command("cleanup", "remove what is expired; last good answers stay", "sitrep cache cleanup", cache)
  .addOption(json())
  .action(async (options) => (await import("./cache.ts")).runCacheCleanup(context, options));
command("clear", "remove everything cached; tasks stay", "sitrep cache clear", cache)
  .addOption(json())
  .action(async (options) => (await import("./cache.ts")).runCacheClear(context, options));

async function main(): Promise<void> {
  try {
    requireSupportedNode();
    await program.parseAsync(process.argv);
  } catch (error) {
    if (!(error instanceof CommanderError)) return fail(error, process.argv.includes("--json"));
    // Commander has printed what is wrong; help and version are no failures.
    if (error.exitCode !== 0) process.exitCode = 2;
  }
}

void main();
