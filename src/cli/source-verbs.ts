// The verbs `source …`, `allow` and `deny`, with their options. Each verb's code is loaded when it is called.

import { Option } from "commander";
import type { Command } from "commander";
import type { CliWorld } from "../wiring/cli-world.ts";
import { json, many, project } from "./options.ts";
import type { AddVerb } from "./options.ts";

const presetNames =
  "github, linear, jira-atlassian, jira-sooperset, beads, taskmaster, backlog.md, kazuph-taskmanager, 4genthub";

function addVerb(source: Command, add: AddVerb, world: CliWorld): void {
  add(
    "add <name> [command...]",
    "add a task source, when it gives tasks",
    [
      "sitrep source add linear --url https://mcp.linear.app/mcp --preset linear --token-env LINEAR_TOKEN",
      "sitrep source add backlog --preset backlog.md --only-here -- backlog mcp start",
    ].join("\n  "),
    source,
  )
    .addOption(
      new Option("--type <type>", "what it speaks")
        .choices(["mcp", "task-tracking", "manage-task", "tickets"])
        .default("mcp"),
    )
    .option("--url <url>", "its address; a command after -- starts a server instead")
    .addOption(
      new Option("--transport <transport>", "for an address of MCP (default: http)").choices([
        "http",
        "sse",
        "websocket",
      ]),
    )
    .option("--preset <name>", `${presetNames} (default: by its tools)`)
    .option("--mapping <file>", "a mapping of your own, as JSON")
    .option("--with <name=value>", "a setting of the preset or mapping; repeatable", many)
    .option("--env <name=value>", "for the command; repeatable", many)
    .option("--token-env <variable>", "sign in with the token in this variable")
    .option("--token-file <file>", "sign in with the token in this file (mode 0600)")
    .option("--header <name>", "send the token in this header and not as a bearer token")
    .option("--timeout <seconds>", "for one call")
    .option("--retries <count>", "of a read that failed (default: 3)")
    .option("--only-here", "for this project and no other")
    .option("--fallback", "shown only while every other source fails")
    .option("--first", "before the others")
    .option("--no-test", "add it without asking it for tasks")
    .addOption(project())
    .addOption(json())
    .action(async (name, command, options) =>
      (await import("./source.ts")).runAddSource(world, name, command, options),
    );
}

export function addSourceVerbs(program: Command, add: AddVerb, world: CliWorld): void {
  const source = program.command("source").description("where tasks come from").exitOverride();
  addVerb(source, add, world);
  add("list", "the sources of this project, in their order", "sitrep source list --json", source)
    .addOption(project())
    .addOption(json())
    .action(async (options) => (await import("./source.ts")).runListSources(world, options));
  add("test [name]", "ask a source, step by step", "sitrep source test linear", source)
    .addOption(project())
    .addOption(json())
    .action(async (name, options) =>
      (await import("./source.ts")).runTestSource(world, name, options),
    );
  add("remove <name>", "take a source out, with its secrets", "sitrep source remove linear", source)
    .addOption(json())
    .action(async (name, options) =>
      (await import("./source.ts")).runRemoveSource(world, name, options),
    );
  add(
    "discover",
    "task servers among those of the client; starts none unless asked",
    "sitrep source discover --probe my-server",
    source,
  )
    .option(
      "--probe <name>",
      "start or contact this server and look at its tools; repeatable",
      many,
    )
    .addOption(project())
    .addOption(json())
    .action(async (options) => (await import("./discover.ts")).runDiscover(world, options));

  add("allow", "let this project's .sitrep.json name sources", "sitrep allow --dry-run", program)
    .option("--dry-run", "show what it names and allow nothing")
    .addOption(project())
    .addOption(json())
    .action(async (options) => (await import("./trust.ts")).runAllow(world, options));
  add("deny", "take that back", "sitrep deny", program)
    .addOption(project())
    .addOption(json())
    .action(async (options) => (await import("./trust.ts")).runDeny(world, options));
}
