// Changes the list of sources in config.json; everything else in it stays as it is.

import { SitrepError } from "../core/errors.ts";
import { readObject } from "../core/read.ts";
import { replaceFile } from "../state/files/replace-file.ts";
import type { Environment } from "./folders.ts";
import { checkConfig, parseFile, withInsecureHosts } from "./load.ts";
import type { SourceConfig } from "./source-config.ts";

type RawSource = Readonly<Record<string, unknown>>;

function change(file: string, env: Environment, edit: (sources: RawSource[]) => RawSource[]): void {
  const settings = parseFile(file);
  const before = settings["sources"];
  const list: unknown[] = Array.isArray(before) ? before : [];
  const sources = edit(list.map(readObject).filter((one) => one !== null));
  const changed = { ...settings, sources };
  checkConfig(withInsecureHosts(changed, env), file);
  replaceFile(file, `${JSON.stringify(changed, null, 2)}\n`, { mode: 0o600 });
}

/** What is not the default. */
function plain(source: SourceConfig): RawSource {
  const { enabled, fallback, args, env, with: settings, ...rest } = source;
  return {
    ...rest,
    ...(args.length > 0 ? { args } : {}),
    ...(Object.keys(env).length > 0 ? { env } : {}),
    ...(Object.keys(settings).length > 0 ? { with: settings } : {}),
    ...(fallback ? { fallback } : {}),
    ...(enabled ? {} : { enabled }),
  };
}

/** Adds a source as the last, or the first. Throws `config-invalid`, also when there is one of that name. */
export function addSource(
  file: string,
  source: SourceConfig,
  isFirst: boolean,
  env: Environment,
): void {
  change(file, env, (sources) => {
    if (sources.some(({ name }) => name === source.name)) {
      throw new SitrepError("config-invalid", `${file} has a source "${source.name}" already.`, {
        hint: `Remove it first: sitrep source remove ${source.name}`,
      });
    }
    return isFirst ? [plain(source), ...sources] : [...sources, plain(source)];
  });
}

/** True when there was one of that name. */
export function removeSource(file: string, name: string, env: Environment): boolean {
  const sources = parseFile(file)["sources"];
  const isThere =
    Array.isArray(sources) && sources.some((one: unknown) => readObject(one)?.["name"] === name);
  if (isThere) change(file, env, (list) => list.filter((one) => one["name"] !== name));
  return isThere;
}
