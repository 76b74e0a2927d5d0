// The client that the environment and config.json describe, so that a program needs no settings of its own.

import { homedir } from "node:os";
import { join } from "node:path";
import {
  environmentSources,
  keepSources,
  keptAnswer,
  readKeptSources,
  sourceThatSpeaks,
} from "../config/environment-sources.ts";
import type { EnvironmentSource } from "../config/environment-sources.ts";
import { configFile, findFolders, stateFiles } from "../config/folders.ts";
import type { Environment } from "../config/folders.ts";
import { loadConfig } from "../config/config-file.ts";
import type { Config } from "../config/schema.ts";
import type { SourceConfig } from "../config/source-config.ts";
import { SitrepError } from "../core/errors.ts";
import { connectMcp } from "../sources/mcp/connect.ts";
import { probeSpeech } from "../sources/probe.ts";
import { addressOf } from "./configured-client.ts";
import { targetOf } from "./server-address.ts";
import { withIssuer } from "../sources/settle-issuer.ts";
import { openSessionCache } from "./session-cache.ts";
import { createTaskClient } from "./task-client.ts";
import type { TaskClient, TaskClientOptions } from "./task-client.ts";

export interface DefaultClientOptions extends Omit<
  TaskClientOptions,
  "url" | "command" | "args" | "env" | "cwd"
> {
  /** Default: the environment of the process. */
  env?: Environment;
}

const probeMs = 10_000;

async function settle(
  named: EnvironmentSource,
  kept: readonly SourceConfig[],
  { allowInsecureHosts }: Config,
  options: Omit<DefaultClientOptions, "env">,
): Promise<SourceConfig> {
  const found = { ...named, config: await withIssuer(named, allowInsecureHosts) };
  if (!found.mustProbe) return found.config;
  const before = keptAnswer(kept, found);
  if (before !== null) return before;
  const { name, target } = targetOf({ ...options, url: found.config.url ?? "", transport: "http" });
  const times = { connectTimeoutMs: probeMs, requestTimeoutMs: probeMs };
  const speech = await probeSpeech(() => connectMcp(target, { name, ...times }));
  return speech === null ? found.config : sourceThatSpeaks(found.config, speech);
}

async function findSource(
  config: Config,
  keptFile: string,
  env: Environment,
  options: Omit<DefaultClientOptions, "env">,
): Promise<SourceConfig> {
  const [named] = environmentSources(env);
  if (named !== undefined) {
    const settled = await settle(named, readKeptSources(keptFile), config, options);
    // What a person's own environment names is theirs: briefs show it from now on.
    keepSources(keptFile, [settled]);
    return settled;
  }
  const others = [...config.sources, ...readKeptSources(keptFile)];
  const first = others.find(({ enabled, type }) => enabled && type !== "embedded");
  if (first !== undefined) return first;
  throw new SitrepError("config-invalid", "No task server is configured.", {
    hint: 'Set MCP_SERVER_URL, or add one: "sitrep source add", or use createTaskClient({ url }).',
  });
}

/**
 * An `optimized` client of the server that `MCP_SERVER_URL` or another variable names, else of the first source of
 * config.json, with a cache of its own in the state folder and the limit of requests that all of Sitrep shares. A server
 * whose address has no path is asked how it speaks. Options win. Throws `config-invalid`, `secret-missing`,
 * `secret-unsafe`.
 */
export async function getDefaultClient(options: DefaultClientOptions = {}): Promise<TaskClient> {
  const { env = process.env, ...given } = options;
  const folders = findFolders(env, process.platform, env["HOME"] ?? homedir());
  const files = stateFiles(folders.state);
  const config = loadConfig(configFile(folders.config), env);
  const source = await findSource(config, files.keptSources, env, given);
  const configured = addressOf(
    source,
    { secrets: files.secrets, tokens: files.tokens, signIns: files.signIns, env },
    config,
  );
  const own =
    given.cache === undefined
      ? openSessionCache({
          file: join(files.state, "library-cache.db"),
          tasksMs: config.tasks.freshSeconds * 1000,
          gitMs: config.git.freshSeconds * 1000,
          othersMs: config.cache.entrySeconds * 1000,
        })
      : null;
  const client = createTaskClient({
    limitsFile: files.limits,
    allowInsecureHosts: config.allowInsecureHosts,
    fallbackStrategy: config.tasks.fallback,
    ...(own === null ? {} : { cache: own }),
    ...configured,
    ...given,
    policy: { ...configured.policy, ...given.policy },
  });
  const close = client[Symbol.asyncDispose];
  return Object.defineProperties({} as TaskClient, {
    ...Object.getOwnPropertyDescriptors(client),
    [Symbol.asyncDispose]: {
      value: async () => {
        await close();
        own?.[Symbol.dispose]();
      },
    },
  });
}
