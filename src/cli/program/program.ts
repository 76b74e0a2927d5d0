// Defines every command; loads a command's code only when it runs. docs/commands.md is generated from this file.

import { createRequire } from "node:module";
import { join } from "node:path";
import { Argument, Option } from "commander";
import { backendNames } from "../../server/backend.ts";
import { createCommandContext, workingFolder, type CommandContext } from "../../config/context.ts";
import { settingsScopes } from "../../install/hook-entries.ts";
import { requireOwnFolders } from "../../state/files/own-folder.ts";
import { version } from "../../config/version.ts";
import { previewEvents } from "./verb-context.ts";
import { addCacheVerbs } from "./cache-verbs.ts";
import { Verb } from "./verb.ts";
import { addServeVerbs, addStoreVerbs } from "../serve/verbs.ts";
import { addSourceVerbs } from "../source/verbs.ts";
import { addTaskVerbs } from "../task/verbs.ts";
import { print, printNotice, unwrappedLines } from "../terminal/terminal.ts";

const context: CommandContext = {
  ...createCommandContext(process.env, ""),
  // A getter, so that the command that needs the folder can report that it was deleted.
  get cwd() {
    return workingFolder();
  },
};

/** Importing this runs no command: `parseAsync` does. */
export const program: Verb = new Verb(context, "sitrep")
  .description("Briefs every Claude Code session on its pending tasks and its repository.")
  .usage("[command] [options]")
  .version(version, "-v, --version")
  .configureHelp({ showGlobalOptions: false, minWidthToWrap: 20 })
  // An option belongs to the command before it, even if a parent command has an option of the same name.
  .enablePositionalOptions()
  .configureOutput({
    writeOut: (text) => print(...unwrappedLines(text.replace(/\n$/, ""))),
    writeErr: (text) => printNotice(...unwrappedLines(text.replace(/\n$/, ""))),
    // Not verbatim: the message quotes the user's input, which may contain anything, such as line breaks.
    outputError: (text) => printNotice(text.trim()),
  })
  .exitOverride()
  .hook("preAction", (_, called) => {
    // `doctor` reports unsafe folders as a failed check instead.
    if (called.name() !== "doctor") requireOwnFolders(context.folders);
  });

const add: Verb["verb"] = (...texts) => program.verb(...texts);

add(
  "today",
  "show what there is to do here; the same as sitrep with no command",
  "sitrep today --json",
).runInProject(async () => (await import("../today.ts")).runToday);

add(
  "watch",
  "show what there is to do here, live, with keys to start and finish tasks",
  "sitrep watch",
)
  .option("--plain", "print a line for each change, for screen readers and pipes")
  .runInProject(async () => (await import("../watch/watch.ts")).runWatch);

add("install", "add the hooks to a project's settings", "sitrep install --project ~/shop-api")
  .addOption(
    new Option(
      "--scope <scope>",
      "which settings: yours in this project, the project's shared ones, or yours everywhere",
    )
      .choices(settingsScopes)
      .default("local"),
  )
  .option("--dry-run", "show the change without making it")
  .option("--yes", "do not ask for confirmation")
  .option("--no-monitor", "do not start the monitor")
  .option("--prompts", "also tell Claude what changed, with each prompt")
  .option("--no-prompts")
  .option("--statusline", "set Claude Code's status line")
  .option("--no-statusline")
  .option("--task-links", "link the task ids that Claude writes, in all projects")
  .option("--no-task-links")
  .option("--mcp", "register the task tools in the project's .mcp.json")
  .option("--no-mcp")
  .option("--mcp-permission", "with --mcp: let Claude Code call the tools without asking")
  .option("--no-mcp-permission")
  .runInProject(async () => (await import("../install/install.ts")).runInstall);

add("try", "show what Claude would read here, without installing", "npx sitrep try").runInProject(
  async () => (await import("../install/try.ts")).runTry,
);

add("uninstall", "remove the hooks", "sitrep uninstall --project ~/shop-api")
  .option("--project <dir>", "only this project (default: all)")
  .addOption(
    new Option("--scope <scope>", "only these settings (default: all)").choices(settingsScopes),
  )
  .option("--purge", "also delete tasks, settings, secrets and sign-ins, for good")
  .option("--yes", "do not ask for confirmation")
  .runWithJson(async () => (await import("../install/uninstall.ts")).runUninstall);

add("demo", "install with sample tasks, as npm start does", "npm start -- --project ~/shop-api")
  .option("--project <dir>", "the project's folder (default: this one)")
  .run(async () => (await import("../install/install.ts")).runDemo);

add("start", "start the monitor", "sitrep start").runWithJson(
  async () => (await import("../start-stop.ts")).runStart,
);
add("stop", "stop the monitor", "sitrep stop").runWithJson(
  async () => (await import("../start-stop.ts")).runStop,
);
add("restart", "restart the monitor", "sitrep restart").runWithJson(
  async () => (await import("../start-stop.ts")).runRestart,
);
add(
  "refresh",
  "refresh tasks from the sources now",
  "sitrep refresh --project ~/shop-api",
).runInProject(async () => (await import("../start-stop.ts")).runRefresh);

add("status", "show what is fresh, stale or failing", "sitrep status --watch")
  .option("--watch", "redraw it every two seconds, until Ctrl-C")
  .runWithJson(async () => (await import("../status/status.ts")).runStatus);
add(
  "logs",
  "show the logs of the monitor, the hooks and the task tools",
  "sitrep logs --follow --since 10m",
)
  .option("-f, --follow", "also show new lines, until Ctrl-C")
  .option("--since <when>", "only lines newer than this: 30m, 2h, 3d or a timestamp", "1d")
  .runWithJson(async () => (await import("../logs.ts")).runLogs);
add("doctor", "find what is wrong", "sitrep doctor --fix")
  .option("--fix", "run the safe fixes, and print the commands for the rest")
  .runInProject(async () => (await import("../doctor/doctor.ts")).runDoctor);

add(
  "report",
  "write the tasks, branches and sessions of a project to an HTML file",
  "sitrep report --open",
)
  .option("-o, --output <file>", "write to this file; - for stdout")
  .option("--open", "open it in your browser")
  .runInProject(async () => (await import("../report/report.ts")).runReport);

add("brief", "show what the next session would read", "sitrep brief --now 2026-11-21T10:02:00Z")
  .option("--now <timestamp>", "use this as the current time: ISO 8601 or epoch milliseconds")
  .addOption(
    new Option("--source <source>", "how the session starts")
      .choices(["startup", "resume", "clear", "compact", "fork"])
      .default("startup"),
  )
  .option("--session <id>", "as this session would read it")
  .addOption(
    new Option("--event <event>", "show the output of this event's hook")
      .choices(previewEvents)
      .default("session-start"),
  )
  .option("--input <file>", "the hook's input, as JSON; - for stdin")
  .option("--explain", "also explain the order of the tasks and what was left out")
  .runInProject(async () => (await import("../brief.ts")).runBrief);
add("history", "show what was written to task sources", "sitrep history --count 50")
  .option("-n, --count <n>", "how many to show, 0 for all", "20")
  .runInProject(async () => (await import("../history.ts")).runHistory);
add("last", "show what sessions were given, word for word", "sitrep last --session 1f0c…")
  .option("--session <id>", "everything that this session was given")
  .option("--count <n>", "how many to show without --session", "1")
  .option("--tokens", "show the token count of each, and of its whole session")
  .runWithJson(async () => (await import("../last.ts")).runLast);
add("handoff", "show where the last session here stopped", "sitrep handoff --for Jun")
  .option("--for <who>", "put the reader's name in the title")
  .runInProject(async () => (await import("../handoff.ts")).runHandoff);
add("statusline", "print one line for Claude Code's status line", "sitrep statusline < input.json")
  .addHelpText("after", "\nSet it with: sitrep install --statusline")
  .run(async () => (await import("../statusline.ts")).runStatuslineCommand);

add(
  "me [names...]",
  "show or set the names that task sources know you by",
  'sitrep me ana "Ana Kovač"',
)
  .option("--reset", "forget the names that you set")
  .runInProject(async () => (await import("../me.ts")).runMe);
add("off", "silence all hooks, or those of a project", "sitrep off --project .")
  .option("--project <dir>", "only this project")
  .run(async () => (await import("../switch.ts")).runOff);
add("on", "turn the hooks back on", "sitrep on")
  .option("--project <dir>", "only this project")
  .run(async () => (await import("../switch.ts")).runOn);

addTaskVerbs(program);
addSourceVerbs(program);
addServeVerbs(program);
addStoreVerbs(program);

add("mcp", "serve the task tools to an MCP client on stdio", "sitrep mcp --backend rest")
  .option("--project <dir>", "the project's folder (default: the MCP client's)")
  .addOption(new Option("--backend <backend>", "what to serve").choices(backendNames))
  .option("--source <name>", "serve this configured source")
  .option(
    "--tools <groups>",
    "which groups of tools to list: all, or any of tasks, ids, tickets, report",
  )
  .option("--env-file <file>", "read environment variables from this file")
  .addOption(new Option("--state <dir>", "the installation's state folder").hideHelp())
  // The MCP server is a separate program and parses its own arguments.
  .action(() => void createRequire(join(import.meta.dirname, "cli.cjs"))("./mcp.cjs"));

add("completion", "print a shell completion script", "source <(sitrep completion bash)")
  .addArgument(
    new Argument("<shell>", "words: called by the shell on each Tab").choices([
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

addCacheVerbs(program);
