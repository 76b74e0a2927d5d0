import { Option } from "commander";
import { unauthenticatedScopes } from "../../server/safe-start.ts";
import { many } from "../program/verb-context.ts";
import type { Verb } from "../program/verb.ts";

const envFile = [
  "--env-file <file>",
  "read environment variables from this file (default: no file)",
] as const;
const database = [
  "--database <address>",
  "postgres://… or an SQLite file (default: DATABASE_URL, else the embedded store)",
] as const;
const permission = [
  "--permission <name>",
  "a tool name, or one of tools, resources and admin; repeatable (default: tools, resources)",
  many,
] as const;

function addServe(serve: Verb): void {
  serve
    .option("--host <address>", "the address to listen on", "127.0.0.1")
    .option("--port <port>", "the port, 0 for any free one", "8080")
    .option(...database)
    .addOption(
      new Option("--backend <backend>", "serve the store, or the service at TASK_TRACKING_URL")
        .choices(["store", "rest"])
        .default("store"),
    )
    .option(...envFile)
    .option("--tls-cert <file>", "certificate chain, PEM")
    .option("--tls-key <file>", "its key, PEM")
    .addOption(
      new Option(
        "--open [whom]",
        "require no key: anyone on this machine, or on the network, can use the server",
      )
        .choices(unauthenticatedScopes)
        .preset("machine"),
    )
    .option(
      "--tools <groups>",
      "list only these tools: any of tasks, ids, tickets, report (default: all)",
    )
    .option("--behind-proxy", "a proxy terminates TLS and passes on client addresses")
    .option("--public-url <url>", "the address that clients use")
    .option("--allowed-host <name>", "another host name to answer to; repeatable", many)
    .run(async () => (await import("./serve.ts")).runServe);
}

function addKeyVerbs(serve: Verb): void {
  const key = serve.command("key").description("manage who may use the server");
  key
    .verb("add <name>", "add a key and show it once", "sitrep serve key add ci --user ci")
    .option("--user <user>", "the user it acts as (default: its name)")
    .option(
      "--organization <name>",
      "whose tasks it sees (default: the only organization, otherwise you are asked)",
    )
    .option(...permission)
    .option("--act-as", "may specify the user for each request")
    .option("--any-organization", "with --act-as: may specify the organization too")
    .option(
      "--requests-per-minute <count>",
      "its own rate limit (default: the server's per-user limit)",
    )
    .option(
      "--metadata <name=value>",
      "data stored with the key, shown by --json; repeatable",
      many,
    )
    .option("--stdin", "read the key from standard input")
    .option(...database)
    .option(...envFile)
    .runWithJson(async () => (await import("./serve.ts")).runAddKey);
  key
    .verb("import <file>", "import keys from a file", "sitrep serve key import keys.json")
    .option("--user <user>", "for rows without one")
    .option("--organization <name>", "for rows without one")
    .option(...permission)
    .option(...database)
    .option(...envFile)
    .runWithJson(async () => (await import("./serve.ts")).runImportKeys);
  key
    .verb("list", "list the keys, without the secrets", "sitrep serve key list --json")
    .alias("ls")
    .option(...database)
    .option(...envFile)
    .runWithJson(async () => (await import("./serve.ts")).runListKeys);
  key
    .verb("revoke <name>", "revoke a key immediately, by name or id", "sitrep serve key revoke ci")
    .option(...database)
    .option(...envFile)
    .runWithJson(async () => (await import("./serve.ts")).runRevokeKey);
}

export function addServeVerbs(program: Verb): void {
  const examples = [
    "sitrep serve --port 8080",
    "sitrep serve --host 0.0.0.0 --tls-cert cert.pem --tls-key key.pem --database postgres://…",
  ];
  const about = "run the task server for a team: REST and MCP over HTTP";
  const serve = program.verb("serve", about, examples.join("\n  "));
  addServe(serve);
  addKeyVerbs(serve);
  const token = serve.command("token").description("sign tokens for this server");
  token
    .verb(
      "create",
      "sign a token with SITREP_TOKEN_SECRET, for use without an identity provider",
      "sitrep serve token create --user ada --organization acme",
    )
    .requiredOption("--user <user>", "the user it acts as")
    .option("--organization <name>", "whose tasks it sees (default: those of this machine)")
    .option(...permission)
    .option("--seconds <count>", "how long it is valid (default: 3600)")
    .option("--public-url <url>", "the address of the server that it is for")
    .option(...envFile)
    .runWithJson(async () => (await import("./serve.ts")).runCreateToken);
}

export function addStoreVerbs(program: Verb): void {
  const store = program.command("store").description("back up, restore and migrate the task store");
  store
    .verb("backup <file>", "write the whole store to a new file", "sitrep store backup tasks.bak")
    .option(...database)
    .option(...envFile)
    .runWithJson(async () => (await import("./backup.ts")).runBackup);
  store
    .verb(
      "restore <file>",
      "restore a backup into an empty store",
      "sitrep store restore tasks.bak",
    )
    .option("--replace", "replace what is in the store")
    .option(...database)
    .option(...envFile)
    .runWithJson(async () => (await import("./backup.ts")).runRestore);
  store
    .verb(
      "migrate",
      "create or update the tables, as a server does when it starts",
      "sitrep store migrate",
    )
    .option(...database)
    .option(...envFile)
    .runWithJson(async () => (await import("./backup.ts")).runMigrate);
}
