// The verbs `source …`, `allow` and `deny`, with their options. Each verb's code is loaded when it is called.

import { Option } from "commander";
import { many } from "../program/options.ts";
import type { Verb } from "../program/verb.ts";

const presetNames =
  "github, linear, jira-atlassian, jira-sooperset, beads, taskmaster, backlog.md, kazuph-taskmanager, 4genthub";

function addVerb(source: Verb): void {
  source
    .verb(
      "add <name> [command...]",
      "add a task source, when it gives tasks",
      [
        "sitrep source add linear --url https://mcp.linear.app/mcp --preset linear --token-env LINEAR_TOKEN",
        "sitrep source add backlog --preset backlog.md --only-here -- backlog mcp start",
        "sitrep source add team --url https://tasks.acme.example/mcp --issuer https://id.acme.example/realms/acme --client-id sitrep --token-env SITREP_CLIENT_SECRET",
      ].join("\n  "),
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
    .option("--login", "sign in as a person, now; --issuer, --client-id, --scope for that")
    .option("--device", "with --login: by a code for any other device")
    .option("--browser", "with --login: open a browser (default: on a terminal)")
    .option("--no-browser", "with --login: show the address and open nothing")
    .option("--token-keychain <name>", "sign in with the token of this name in the keychain")
    .option("--header <name>", "send the token in this header and not as a bearer token")
    .option("--issuer <url>", "of the service account, or of people (default: as the server says)")
    .option("--client-id <id>", "sign in as a service account; its secret is what --token-… names")
    .addOption(
      new Option(
        "--client-auth <method>",
        "how the service account shows itself (default: client_secret_basic)",
      ).choices(["client_secret_basic", "client_secret_post", "private_key_jwt"]),
    )
    .option("--scope <scope>", "of the service account's tokens")
    .option("--audience <audience>", "of the service account's tokens")
    .option("--resource <uri>", "that the service account's tokens are for (RFC 8707)")
    .option(
      "--timeout <seconds>",
      "for one call; starting or reaching it may take as long (at least 10)",
    )
    .option("--retries <count>", "of a read that failed (default: 3)")
    .option(
      "--max-answer <MiB>",
      "of its answers, the largest that is read (default: 1; 10 at most)",
    )
    .option("--only-here", "for this project and no other; a program then starts in it")
    .option("--fallback", "shown only while every other source fails")
    .option("--first", "before the others")
    .option("--team", "write it into the project's .sitrep.json, for others too")
    .option("--no-test", "add it without asking it for tasks")
    .runInProject(async () => (await import("./add.ts")).runAddSource);
}

function addSignInVerbs(program: Verb): void {
  program
    .verb(
      "login [source]",
      "sign in for a source, or for those that need it",
      "sitrep login linear",
    )
    .option("--issuer <url>", "who signs you in (default: as the server says)")
    .option("--client-id <id>", "as which client (default: one is registered)")
    .option("--scope <scopes>", 'what for, such as "tasks:read tasks:write"')
    .option("--device", "by a code for any other device, without a browser here")
    .option(
      "--port <port>",
      "of the redirect to this machine, for a client that has one registered",
    )
    .option("--browser", "open a browser (default: on a terminal, but not for a code)")
    .option("--no-browser", "show the address and open nothing")
    .option("--project <dir>", "the project's folder (default: this one)")
    .option("--json", "print each step as a line of JSON")
    .run(async () => (await import("../sign-in/login.ts")).runLogin);
  program
    .verb("logout [source]", "revoke and forget a sign-in", "sitrep logout linear")
    .runInProject(async () => (await import("../sign-in/logout.ts")).runLogout);
}

export function addSourceVerbs(program: Verb): void {
  const source = program.command("source").description("where tasks come from");
  addVerb(source);
  source
    .verb("list", "the sources of this project, in their order", "sitrep source list --json")
    .alias("ls")
    .runInProject(async () => (await import("./list.ts")).runListSources);
  source
    .verb("test [name]", "ask a source, step by step", "sitrep source test linear")
    .runInProject(async () => (await import("./test.ts")).runTestSource);
  source
    .verb(
      "secret <name>",
      "keep the secret that a source signs in with: asked for, or read from standard input",
      "sitrep source secret team < secret.txt",
    )
    .runInProject(async () => (await import("./secret.ts")).runSourceSecret);
  source
    .verb("remove <name>", "take a source out, with its secrets", "sitrep source remove linear")
    .runWithJson(async () => (await import("./remove.ts")).runRemoveSource);
  source
    .verb(
      "discover",
      "task servers among those of the client; starts none unless asked",
      "sitrep source discover --probe my-server",
    )
    .option(
      "--probe <name>",
      "start or contact this server and look at its tools; repeatable",
      many,
    )
    .runInProject(async () => (await import("./discover.ts")).runDiscover);

  addSignInVerbs(program);
  program
    .verb("allow", "let this project's .sitrep.json name sources", "sitrep allow --dry-run")
    .option("--dry-run", "show what it names and allow nothing")
    .option("--yes", "do not ask")
    .runInProject(async () => (await import("../trust.ts")).runAllow);
  program
    .verb("deny", "take that back", "sitrep deny")
    .runInProject(async () => (await import("../trust.ts")).runDeny);
}
