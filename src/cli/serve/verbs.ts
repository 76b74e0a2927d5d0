// The verbs `serve` and `store` and what is below them, with their options.

import { Option } from "commander";
import { openScopes } from "../../server/safe-start.ts";
import { many } from "../program/options.ts";
import type { Verb } from "../program/verb.ts";

const envFile = ["--env-file <file>", "variables from this file; none is read by itself"] as const;
const database = [
  "--database <address>",
  "postgres://… or an SQLite file (default: DATABASE_URL, else the embedded store)",
] as const;
const permission = [
  "--permission <name>",
  "a tool, tools, resources or admin; repeatable (default: tools, resources)",
  many,
] as const;

function addServe(serve: Verb): void {
  serve
    .option("--host <address>", "where to listen", "127.0.0.1")
    .option("--port <port>", "0 for any free one", "8080")
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
      new Option("--open [whom]", "let in without a key: every user of this machine, or network")
        .choices(openScopes)
        .preset("machine"),
    )
    .option("--behind-proxy", "a proxy before it ends TLS and names the clients")
    .option("--public-url <url>", "the address that clients use")
    .option("--allowed-host <name>", "a name that it answers to besides its own; repeatable", many)
    .run(async () => (await import("./serve.ts")).runServe);
}

function addKeyVerbs(serve: Verb): void {
  const key = serve.command("key").description("who may use the server");
  key
    .verb("add <name>", "add a key and show it once", "sitrep serve key add ci --user ci")
    .option("--user <user>", "whom it stands for (default: its name)")
    .option("--organization <name>", "whose tasks it sees (asked for; default: the only one)")
    .option(...permission)
    .option("--act-as", "may name the user for each request")
    .option("--any-organization", "with --act-as: may name the organisation too")
    .option("--requests-per-minute <count>", "its own limit (default: the server's for users)")
    .option("--metadata <name=value>", "noted with it, in --json; repeatable", many)
    .option("--stdin", "take the key from standard input and make none")
    .option(...database)
    .option(...envFile)
    .runWithJson(async () => (await import("./serve.ts")).runAddKey);
  key
    .verb("import <file>", "take over a table of tokens", "sitrep serve key import keys.json")
    .option("--user <user>", "for rows that name none")
    .option("--organization <name>", "for rows that name none")
    .option(...permission)
    .option(...database)
    .option(...envFile)
    .runWithJson(async () => (await import("./serve.ts")).runImportKeys);
  key
    .verb("list", "the keys, without what opens", "sitrep serve key list --json")
    .alias("ls")
    .option(...database)
    .option(...envFile)
    .runWithJson(async () => (await import("./serve.ts")).runListKeys);
  key
    .verb("revoke <name>", "end a key, by name or id, at once", "sitrep serve key revoke ci")
    .option(...database)
    .option(...envFile)
    .runWithJson(async () => (await import("./serve.ts")).runRevokeKey);
}

export function addServeVerbs(program: Verb): void {
  const examples = [
    "sitrep serve --port 8080",
    "sitrep serve --host 0.0.0.0 --tls-cert cert.pem --tls-key key.pem --database postgres://…",
  ];
  const about = "the task server for a team: REST and MCP over HTTP";
  const serve = program.verb("serve", about, examples.join("\n  "));
  addServe(serve);
  addKeyVerbs(serve);
  const token = serve.command("token").description("tokens signed by this server");
  token
    .verb(
      "create",
      "sign a token (SITREP_TOKEN_SECRET), where there is no identity provider",
      "sitrep serve token create --user ada --organization acme",
    )
    .requiredOption("--user <user>", "whom it stands for")
    .option("--organization <name>", "whose tasks it sees (default: those of this machine)")
    .option(...permission)
    .option("--seconds <count>", "how long it is good (default: 3600)")
    .option("--public-url <url>", "as the server has it: whom the token is for")
    .option(...envFile)
    .runWithJson(async () => (await import("./serve.ts")).runCreateToken);
}

export function addStoreVerbs(program: Verb): void {
  const store = program.command("store").description("a copy of the task store, and back");
  store
    .verb("backup <file>", "write the whole store into a new file", "sitrep store backup tasks.bak")
    .option(...database)
    .option(...envFile)
    .runWithJson(async () => (await import("./store.ts")).runBackup);
  store
    .verb("restore <file>", "put a backup into an empty store", "sitrep store restore tasks.bak")
    .option("--replace", "also where there is something: it is replaced")
    .option(...database)
    .option(...envFile)
    .runWithJson(async () => (await import("./store.ts")).runRestore);
}
