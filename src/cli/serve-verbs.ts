// The verb `serve` and what is below it, with their options. The code is a bundle of its own, loaded when called.

import { Option } from "commander";
import type { Command } from "commander";
import type { CommandContext } from "../config/context.ts";
import { json, many } from "./options.ts";
import type { AddVerb } from "./options.ts";

const envFile = (): Option =>
  new Option("--env-file <file>", "variables from this file; none is read by itself");
const database = (): Option =>
  new Option(
    "--database <address>",
    "postgres://… or an SQLite file (default: DATABASE_URL, else the embedded store)",
  );
const permission = (): Option =>
  new Option(
    "--permission <name>",
    "a tool, tools, resources or admin; repeatable (default: tools, resources)",
  ).argParser(many);

function addServe(program: Command, add: AddVerb, context: CommandContext): Command {
  return add(
    "serve",
    "the task server for a team: REST and MCP over HTTP",
    [
      "sitrep serve --port 8080",
      "sitrep serve --host 0.0.0.0 --tls-cert cert.pem --tls-key key.pem --database postgres://…",
    ].join("\n  "),
    program,
  )
    .option("--host <address>", "where to listen", "127.0.0.1")
    .option("--port <port>", "0 for any free one", "8080")
    .addOption(database())
    .addOption(
      new Option("--backend <backend>", "serve the store, or the service at TASK_TRACKING_URL")
        .choices(["store", "rest"])
        .default("store"),
    )
    .addOption(envFile())
    .option("--tls-cert <file>", "certificate chain, PEM")
    .option("--tls-key <file>", "its key, PEM")
    .option("--behind-proxy", "a proxy before it ends TLS and names the clients")
    .option("--public-url <url>", "the address that clients use")
    .option("--allowed-host <name>", "a name that it answers to besides its own; repeatable", many)
    .action(async (options) => (await import("./serve.ts")).runServe(context, options));
}

function addKeyVerbs(serve: Command, add: AddVerb, context: CommandContext): void {
  const key = serve.command("key").description("who may use the server").exitOverride();
  add("add <name>", "add a key and show it once", "sitrep serve key add ci --user ci", key)
    .option("--user <user>", "whom it stands for (default: its name)")
    .option("--organization <name>", "whose tasks it sees (default: those of this machine)")
    .addOption(permission())
    .option("--act-as", "may name user and organisation for each request")
    .option("--stdin", "take the key from standard input and make none")
    .addOption(database())
    .addOption(envFile())
    .addOption(json())
    .action(async (name, options) =>
      (await import("./serve.ts")).runAddKey(context, name, options),
    );
  add("import <file>", "take over a table of tokens", "sitrep serve key import keys.json", key)
    .addOption(database())
    .addOption(envFile())
    .addOption(json())
    .action(async (file, options) =>
      (await import("./serve.ts")).runImportKeys(context, file, options),
    );
  add("list", "the keys, without what opens", "sitrep serve key list --json", key)
    .addOption(database())
    .addOption(envFile())
    .addOption(json())
    .action(async (options) => (await import("./serve.ts")).runListKeys(context, options));
  add("revoke <name>", "end a key, by name or id, at once", "sitrep serve key revoke ci", key)
    .addOption(database())
    .addOption(envFile())
    .addOption(json())
    .action(async (name, options) =>
      (await import("./serve.ts")).runRevokeKey(context, name, options),
    );
}

function addTokenVerb(serve: Command, add: AddVerb, context: CommandContext): void {
  const token = serve.command("token").description("tokens signed by this server").exitOverride();
  add(
    "create",
    "sign a token (SITREP_TOKEN_SECRET), where there is no identity provider",
    "sitrep serve token create --user ada --organization acme",
    token,
  )
    .requiredOption("--user <user>", "whom it stands for")
    .option("--organization <name>", "whose tasks it sees (default: those of this machine)")
    .addOption(permission())
    .option("--seconds <count>", "how long it is good (default: 3600)")
    .option("--public-url <url>", "as the server has it: whom the token is for")
    .addOption(envFile())
    .addOption(json())
    .action(async (options) => (await import("./serve.ts")).runCreateToken(context, options));
}

export function addServeVerbs(program: Command, add: AddVerb, context: CommandContext): void {
  // Commander wants this of the program and of the command.
  const serve = addServe(program, add, context).enablePositionalOptions();
  addKeyVerbs(serve, add, context);
  addTokenVerb(serve, add, context);
}
