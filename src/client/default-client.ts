// Creates a client for the server in the environment or config.json, so that a program does not need its own settings.

import { homedir } from "node:os";
import { join } from "node:path";
import { environmentSources, keepSources, readKeptSources } from "../config/environment-sources.ts";
import { requireOwnFolders } from "../state/files/own-folder.ts";
import { configFile, findFolders, stateFiles, type Environment } from "../config/folders.ts";
import { loadConfig } from "../config/config-file.ts";
import type { Config } from "../config/schema.ts";
import type { SourceConfig } from "../config/source-config.ts";
import { SitrepError } from "../core/errors.ts";
import { configuredServer, policyChanges } from "../sources/configured-server.ts";
import { requireSecrets, createSourceContext, type SourceContext } from "../sources/credentials.ts";
import { detectProtocol } from "../sources/environment-protocols.ts";
import { checkOptions, requireAddress } from "./option-checks.ts";
import { openSessionCache } from "./session-cache.ts";
import { withOptions, withTokens } from "./server-options.ts";
import {
  openTaskClient,
  clientScope,
  type TaskClient,
  type TaskClientOptions,
} from "./task-client.ts";

export interface DefaultClientOptions extends Omit<
  TaskClientOptions,
  "url" | "command" | "args" | "env" | "cwd"
> {
  /** Default: the environment of the process. */
  env?: Environment;
  /** True: saves the server and secrets from environment variables, so that the person's own briefs use them too. */
  keep?: boolean;
}

async function findSource(
  config: Config,
  keptFile: string,
  context: SourceContext,
  { keep = false, ...options }: Omit<DefaultClientOptions, "env">,
): Promise<SourceConfig> {
  const [named] = environmentSources(context.env ?? {});
  if (named !== undefined) {
    const kept = readKeptSources(keptFile);
    const settled = await detectProtocol(named, kept, context, (found) =>
      withTokens(configuredServer(found, clientScope(options), context), options),
    );
    if (keep) keepSources(keptFile, [settled]);
    return settled;
  }
  const others = [...config.sources, ...readKeptSources(keptFile)];
  const first = others.find(
    ({ enabled, type }) => enabled && type !== "embedded" && type !== "file",
  );
  if (first !== undefined) return first;
  throw new SitrepError("config-invalid", "No task server is configured.", {
    hint: 'Set MCP_SERVER_URL, or add one: "sitrep source add", or use createTaskClient({ url }).',
  });
}

/**
 * Creates an `optimized` client for the server that `MCP_SERVER_URL` or another variable names, else for the first
 * source in config.json. The client has its own cache in the state folder and shares Sitrep's request limit. If the
 * address has no path, the client detects the server's protocol, for at most `MCP_TIMEOUT` (10 s). Options override all
 * of this. Throws `config-invalid`, `secret-missing`, `secret-unsafe`, `folder-unsafe`.
 */
export async function getDefaultClient({
  env = process.env,
  ...given
}: DefaultClientOptions = {}): Promise<TaskClient> {
  checkOptions("getDefaultClient", given);
  const folders = findFolders(env, process.platform, env["HOME"] ?? homedir());
  requireOwnFolders(folders);
  const files = stateFiles(folders.state);
  const config = loadConfig(configFile(folders.config), env);
  const { allowInsecureHosts = config.allowInsecureHosts } = given;
  const forgetsSecrets = given.keep !== true;
  const context = {
    ...createSourceContext(files, config, env, null),
    allowInsecureHosts,
    forgetsSecrets,
  };
  const source = await findSource(config, files.keptSources, context, given);
  if (source.url !== undefined) {
    requireAddress(`getDefaultClient: ${source.name}: url`, source.url, allowInsecureHosts);
  }
  requireSecrets(source, context);
  const configured = configuredServer(source, clientScope(given), context);
  const own =
    given.cache === undefined
      ? openSessionCache({
          file: join(files.state, "library-cache.db"),
          tasksMs: config.tasks.freshSeconds * 1000,
          gitMs: config.git.freshSeconds * 1000,
          othersMs: config.cache.entrySeconds * 1000,
        })
      : null;
  const options: TaskClientOptions = {
    limitsFile: files.limits,
    fallbackStrategy: config.tasks.fallback,
    ...(own === null ? {} : { cache: own }),
    ...given,
  };
  const server = withOptions(configured, options, policyChanges(source, context));
  return openTaskClient(server, options, own);
}
