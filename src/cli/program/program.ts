// The `sitrep` command: its verbs and options. Each verb's code is loaded when it is called. docs/commands.md
// is made from them.

import { createRequire } from "node:module";
import { join } from "node:path";
import { Argument, Option } from "commander";
import { backendNames } from "../../server/backend.ts";
import { createCommandContext, workingFolder, type CommandContext } from "../../config/context.ts";
import { scopes } from "../../install/entries.ts";
import { requireOwnFolders } from "../../state/files/own-folder.ts";
import { version } from "../../config/version.ts";
import { previewEvents } from "./options.ts";
import { Verb } from "./verb.ts";
import { addServeVerbs, addStoreVerbs } from "../serve/verbs.ts";
import { addSourceVerbs } from "../source/verbs.ts";
import { addTaskVerbs } from "../task/verbs.ts";
import { print, remark, verbatim } from "../terminal/terminal.ts";

const context: CommandContext = {
  ...createCommandContext(process.env, ""),
  // Where a verb asks for it, which can tell that it is gone.
  get cwd() {
    return workingFolder();
  },
};

/** Builds nothing and runs nothing by being loaded. */
export const program: Verb = new Verb(context, "sitrep")
  .description("Briefs every Claude Code session on its pending tasks and its repository.")
  .usage("[command] [options]")
  .version(version, "-v, --version")
  .configureHelp({ showGlobalOptions: false, minWidthToWrap: 20 })
  // An option after a verb belongs to that verb, also where the verb above it has an option of the same name.
  .enablePositionalOptions()
  .configureOutput({
    writeOut: (text) => print(...verbatim(text.replace(/\n$/, ""))),
    writeErr: (text) => remark(...verbatim(text.replace(/\n$/, ""))),
    // What was typed is repeated in it.
    outputError: (text) => remark(text.trim()),
  })
  .exitOverride()
  .hook("preAction", (_, called) => {
    // `doctor` tells it among the rest.
    if (called.name() !== "doctor") requireOwnFolders(context.folders);
  });

const add: Verb["verb"] = (...texts) => program.verb(...texts);

add("today", "what there is to do here; so does sitrep alone", "sitrep today --json").runInProject(
  async () => (await import("../today.ts")).runToday,
);

add("install", "add the hooks to a project's settings", "sitrep install --project ~/shop-api")
  .option("--project <dir>", "the project's folder (default: this one)")
  .addOption(
    new Option(
      "--scope <scope>",
      "which settings: your own here, the project's for a team, yours everywhere",
    )
      .choices(scopes)
      .default("local"),
  )
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
  .runWithJson(async () => (await import("../install/install.ts")).runInstall);

add("try", "what Claude would read here; installs nothing", "npx sitrep try").runInProject(
  async () => (await import("../install/try.ts")).runTry,
);

add("uninstall", "take the hooks out again", "sitrep uninstall --project ~/shop-api")
  .option("--project <dir>", "only this project (default: all)")
  .addOption(new Option("--scope <scope>", "only these settings (default: all)").choices(scopes))
  .option("--purge", "take tasks, settings, secrets and sign-ins away too, for good")
  .option("--yes", "ask nothing")
  .runWithJson(async () => (await import("../install/uninstall.ts")).runUninstall);

add("demo", "what npm start runs: install with sample tasks", "npm start -- --project ~/shop-api")
  .option("--project <dir>", "the project's folder (default: this one)")
  .run(async () => (await import("../install/install.ts")).runDemo);

add("start", "start the monitor", "sitrep start").runWithJson(
  async () => (await import("../monitor.ts")).runStart,
);
add("stop", "stop the monitor", "sitrep stop").runWithJson(
  async () => (await import("../monitor.ts")).runStop,
);
add("restart", "stop the monitor and start it anew", "sitrep restart").runWithJson(
  async () => (await import("../monitor.ts")).runRestart,
);
add("refresh", "ask the task sources now", "sitrep refresh --project ~/shop-api").runInProject(
  async () => (await import("../monitor.ts")).runRefresh,
);

add("status", "what is fresh, stale or failing", "sitrep status --watch")
  .option("--watch", "draw it anew every two seconds, until Ctrl-C")
  .runWithJson(async () => (await import("../status/status.ts")).runStatus);
add("logs", "what monitor, hooks and task tools have logged", "sitrep logs --follow --since 10m")
  .option("-f, --follow", "and what comes, until Ctrl-C")
  .option("--since <when>", "from then on: 30m, 2h, 3d or an instant", "1d")
  .runWithJson(async () => (await import("../logs.ts")).runLogs);
add("doctor", "look for what is wrong", "sitrep doctor --fix")
  .option("--fix", "mend what takes nothing away; say the command for the rest")
  .runInProject(async () => (await import("../doctor/doctor.ts")).runDoctor);

add("brief", "what the next session would read", "sitrep brief --now 2026-11-21T10:02:00Z")
  .option("--project <dir>", "the project's folder (default: this one)")
  .option("--now <instant>", "as if it were then: ISO 8601 or epoch milliseconds")
  .addOption(
    new Option("--source <source>", "how the session begins")
      .choices(["startup", "resume", "clear", "compact", "fork"])
      .default("startup"),
  )
  .option("--session <id>", "as for this session")
  .addOption(
    new Option("--event <event>", "what the hook of this event would say")
      .choices(previewEvents)
      .default("session-start"),
  )
  .option("--input <file>", "the hook's input, JSON as the client sends it; - for stdin")
  .option("--explain", "why the tasks are in this order, and what had no room")
  .runWithJson(async () => (await import("../brief.ts")).runBrief);
add("last", "what sessions were given, word for word", "sitrep last --session 1f0c…")
  .option("--session <id>", "this session only, from its beginning")
  .option("--count <n>", "how many without --session", "1")
  .option("--tokens", "how many tokens each took, and its whole session")
  .runWithJson(async () => (await import("../last.ts")).runLast);
add("handoff", "where the last session here stopped", "sitrep handoff --for Jun")
  .option("--for <who>", "name whom it is for")
  .runInProject(async () => (await import("../handoff.ts")).runHandoff);
add("statusline", "one line for the client's status line", "sitrep statusline < input.json")
  .addHelpText("after", "\nSet it with: sitrep install --statusline")
  .run(async () => (await import("../statusline.ts")).runStatuslineCommand);

add(
  "me [names...]",
  "what task sources call you: shows it, or sets it",
  'sitrep me ana "Ana Kovač"',
)
  .option("--reset", "forget the names that were set")
  .runInProject(async () => (await import("../me.ts")).runMe);
add("off", "silence every hook, or those of a project", "sitrep off --project .")
  .option("--project <dir>", "only this project")
  .run(async () => (await import("../switch.ts")).runOff);
add("on", "let the hooks speak again", "sitrep on")
  .option("--project <dir>", "only this project")
  .run(async () => (await import("../switch.ts")).runOn);

addTaskVerbs(program);
addSourceVerbs(program);
addServeVerbs(program);
addStoreVerbs(program);

add("mcp", "serve the task tools to an MCP client on stdio", "sitrep mcp --backend rest")
  .option("--project <dir>", "the project's folder (default: the client's)")
  .addOption(new Option("--backend <backend>", "what to serve").choices(backendNames))
  .option("--source <name>", "serve this configured source")
  .option("--env-file <file>", "read environment variables from this file")
  .addOption(new Option("--state <dir>", "the installation's state folder").hideHelp())
  // A program of its own, which reads the arguments itself.
  .action(() => void createRequire(join(import.meta.dirname, "cli.cjs"))("./mcp.cjs"));

add("completion", "complete commands in your shell", "source <(sitrep completion bash)")
  .addArgument(
    new Argument("<shell>", "words: what the shell asks for at each Tab").choices([
      "bash",
      "zsh",
      "fish",
      "words",
    ]),
  )
  .argument("[words...]")
  .action(async (what: string) =>
    (await import("../completion.ts")).runCompletion(context, program, what),
  );

const cache = program.command("cache").description("what is cached");

cache
  .verb("stats", "entries, bytes, valid and expired", "sitrep cache stats --json")
  .runWithJson(async () => (await import("../cache.ts")).runCacheStats);
cache
  .verb("cleanup", "remove what is expired; last good answers stay", "sitrep cache cleanup")
  .runWithJson(async () => (await import("../cache.ts")).runCacheCleanup);
cache
  .verb("clear", "remove everything cached; tasks stay", "sitrep cache clear")
  .runWithJson(async () => (await import("../cache.ts")).runCacheClear);
