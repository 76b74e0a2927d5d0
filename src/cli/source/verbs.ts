// The verbs `source …`, `login`, `logout`, `allow` and `deny`. Each verb's code is loaded only when it runs.

import { Option } from "commander";
import { many } from "../program/verb-context.ts";
import type { Verb } from "../program/verb.ts";

const presetNames =
  "github, linear, jira-atlassian, jira-sooperset, beads, taskmaster, backlog.md, kazuph-taskmanager, 4genthub";

const apiNames = ["github", "gitlab", "gitea", "linear", "jira", "todoist"];

const choice = (flags: string, description: string, choices: readonly string[]): Option =>
  new Option(flags, description).choices(choices);

const transports = ["http", "sse", "websocket"];
const withText = "a setting of the preset or mapping, or an argument of the tool; repeatable";

/** Server options that `add` and `try` share. */
const serverOptions = (verb: Verb): Verb =>
  verb
    .option("--with <name=value>", withText, many)
    .option("--env <name=value>", "an environment variable for the command; repeatable", many)
    .option("--token-env <variable>", "sign in with the token in this variable")
    .option("--token-file <file>", "sign in with the token in this file (mode 0600)")
    .option(
      "--token-keychain <name>",
      "sign in with the token stored under this name in the keychain",
    );

function addVerb(source: Verb): void {
  const verb = source
    .verb(
      "add <name> [command...]",
      "test a task source and add it",
      [
        "sitrep source add linear --url https://mcp.linear.app/mcp --preset linear --token-env LINEAR_TOKEN",
        "sitrep source add todo --file TODO.md",
        "sitrep source add github --api github --token-from gh",
        "sitrep source add backlog --preset backlog.md --only-here -- backlog mcp start",
        "sitrep source add team --url https://tasks.acme.example/mcp --issuer https://id.acme.example/realms/acme --client-id sitrep --token-env SITREP_CLIENT_SECRET",
      ].join("\n  "),
    )
    .addOption(
      choice("--type <type>", "its protocol", [
        "mcp",
        "json",
        "task-tracking",
        "manage-task",
        "tickets",
      ]).default("mcp"),
    )
    .addOption(choice("--api <name>", "a tracker's own API, without an MCP server", apiNames))
    .option("--url <url>", "its address; a command after -- starts a server instead")
    .option("--file <kind:path>", "a task list in this repository, such as todo.md or beads")
    .addOption(
      choice(
        "--transport <transport>",
        "the transport for an MCP address (default: http)",
        transports,
      ),
    )
    .option(
      "--preset <name>",
      `${presetNames} (default: chosen by its tools, else a guessed mapping)`,
    )
    .option("--mapping <file>", "a mapping of your own, as JSON");
  serverOptions(verb)
    .addOption(
      choice("--token-from <program>", "sign in with the token that this program keeps", [
        "gh",
        "glab",
      ]),
    )
    .option("--user <name>", "send the token as this user's password (HTTP Basic)")
    .option("--header <name>", "send the token in this header, not as a bearer token")
    .option("--login", "sign in as yourself, now; takes --issuer, --client-id and --scope")
    .option("--device", "with --login: enter a code on another device")
    .option("--browser", "with --login: open a browser (default: on a terminal)")
    .option("--no-browser", "with --login: show the address without opening a browser")
    .option(
      "--issuer <url>",
      "identity provider of the service account or user (default: the one the server names)",
    )
    .option("--client-id <id>", "sign in as a service account; --token-… names its secret")
    .addOption(
      choice(
        "--client-auth <method>",
        "how the service account authenticates (default: client_secret_basic)",
        ["client_secret_basic", "client_secret_post", "private_key_jwt"],
      ),
    )
    .option("--scope <scope>", "scopes to request for the tokens")
    .option("--audience <audience>", "audience to request for the tokens")
    .option("--resource <uri>", "resource to request for the service account's tokens (RFC 8707)")
    .option("--timeout <seconds>", "time limit for one call; connecting gets at least 10")
    .option("--retries <count>", "retries after a failed read (default: 3)")
    .option("--max-response <MiB>", "the largest response to accept (default: 1; at most 10)")
    .option("--only-here", "for this project only; a program then starts in the project's folder")
    .option("--fallback", "show it only while every other source fails")
    .option("--first", "put it before the others")
    .option("--replace", "replace the existing source of this name, once the new one works")
    .option("--team", "write it to the project's .sitrep.json, for the team")
    .option("--no-test", "add it without testing it")
    .runInProject(async () => (await import("./add.ts")).runAddSource);
}

function addSignInVerbs(program: Verb): void {
  program
    .verb("login [source]", "sign in to a source, or to all that need it", "sitrep login linear")
    .option("--issuer <url>", "the identity provider (default: the one the server names)")
    .option("--client-id <id>", "the OAuth client to sign in as (default: a newly registered one)")
    .option("--scope <scopes>", 'such as "tasks:read tasks:write"')
    .option("--device", "enter a code on another device")
    .option("--port <port>", "port for the redirect to this machine, if the client registered one")
    .option("--browser", "open a browser (default: on a terminal, without --device)")
    .option("--no-browser", "show the address without opening a browser")
    .option("--project <dir>", "the project's folder (default: this one)")
    .option("--json", "print each step as a line of JSON")
    .run(async () => (await import("../sign-in/login.ts")).runLogin);
  program
    .verb("logout [source]", "revoke and forget a sign-in", "sitrep logout linear")
    .runInProject(async () => (await import("../sign-in/logout.ts")).runLogout);
}

function tryVerb(source: Verb): void {
  const verb = source
    .verb(
      "try [command...]",
      "show what a task server would provide; writes nothing",
      [
        "sitrep source try -- npx -y mcp-shrimp-task-manager",
        "sitrep source try --url https://tasks.acme.example/mcp --token-env TASKS_KEY",
      ].join("\n  "),
    )
    .option("--url <url>", "its address; a command after -- starts a server in this project")
    .addOption(
      choice("--transport <transport>", "the transport for an address (default: http)", transports),
    )
    .option(
      "--preset <name>",
      "parse its responses with this preset (default: chosen by its tools)",
    )
    .option("--mapping <file>", "parse its responses with this mapping, as JSON")
    .option("--tool <name>", "the tool that lists tasks (default: guessed from the names)");
  serverOptions(verb)
    .option("--header <name>", "send the token in this header, not as a bearer token")
    .runInProject(async () => (await import("./try.ts")).runTrySource);
}

export function addSourceVerbs(program: Verb): void {
  const source = program.command("source").description("where tasks come from");
  addVerb(source);
  tryVerb(source);
  source
    .verb("list", "list the sources of this project in order", "sitrep source list --json")
    .alias("ls")
    .runInProject(async () => (await import("./list.ts")).runListSources);
  source
    .verb("test [name]", "test a source, step by step", "sitrep source test linear")
    .runInProject(async () => (await import("./check-source.ts")).runTestSource);
  source
    .verb(
      "secret <name>",
      "set a source's secret, from a prompt or standard input",
      "sitrep source secret team < secret.txt",
    )
    .runInProject(async () => (await import("./secret.ts")).runSourceSecret);
  source
    .verb(
      "allow-writes <name>",
      "allow commands and Claude's task tools to change this source's tasks, from this project",
      "sitrep source allow-writes github",
    )
    .option("--off", "take the permission back")
    .runInProject(async () => (await import("./allow-writes.ts")).runAllowWrites);
  source
    .verb(
      "automate <name>",
      "let commits and merges move this source's tasks; a dry run for the first week",
      "sitrep source automate github",
    )
    .option("--now", "without the dry run")
    .option("--off", "stop it")
    .runInProject(async () => (await import("./automate.ts")).runAutomate);
  source
    .verb("remove <name>", "remove a source and its secrets", "sitrep source remove linear")
    .runWithJson(async () => (await import("./remove.ts")).runRemoveSource);
  source
    .verb(
      "discover",
      "list tasks that no source shows: in files, git remotes and MCP servers",
      "sitrep source discover --probe my-server",
    )
    .option(
      "--probe <name>",
      "start or contact this server to ask for its tools and tasks; repeatable",
      many,
    )
    .runInProject(async () => (await import("./discover.ts")).runDiscover);

  addSignInVerbs(program);
  program
    .verb("allow", "allow the sources in this project's .sitrep.json", "sitrep allow --dry-run")
    .option("--dry-run", "show the sources and allow nothing")
    .option("--yes", "do not ask for confirmation")
    .runInProject(async () => (await import("../trust.ts")).runAllow);
  program
    .verb("deny", "deny the sources in this project's .sitrep.json", "sitrep deny")
    .runInProject(async () => (await import("../trust.ts")).runDeny);
}
