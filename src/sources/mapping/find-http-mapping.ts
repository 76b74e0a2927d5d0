// Finds the mapping of a `json` source, its own or a preset's, and its repository. Both are checked before any request.

import { hostText } from "../../core/address.ts";
import { SitrepError } from "../../core/errors.ts";
import { toolMapping, type HttpMapping, type HttpPreset } from "../../core/mapping/http-mapping.ts";
import type { Mapping } from "../../core/mapping/mapping.ts";
import { findRepositoryOn } from "../../git/remote.ts";
import { findJsonPreset, jsonPresets } from "../presets/json/json-presets.ts";
import type { ServerAddress } from "../server-address.ts";
import { requireExpressions, requireSet } from "./find-mapping.ts";

type Settings = Readonly<Record<string, string>>;

/** `group/subgroup/repo` in its parts. */
function partsOf(repository: string): Settings {
  const at = repository.lastIndexOf("/");
  return {
    repository,
    owner: repository.slice(0, Math.max(0, at)),
    repo: repository.slice(at + 1),
  };
}

export interface FoundMapping {
  readonly mapping: Mapping;
  readonly settings: Settings;
  /** The preset's headers. Those of a configured mapping are part of the sign-in. */
  readonly headers: Settings;
  readonly hints: NonNullable<HttpPreset["hints"]>;
}

/** Throws `config-invalid`. */
export function findHttpMapping(
  { name, url, preset: presetName, mapping: own, settings: given }: ServerAddress,
  folder: string,
): FoundMapping {
  const preset = findJsonPreset(presetName ?? "");
  if (presetName !== undefined && preset === null) {
    throw new SitrepError("config-invalid", `${name}: there is no API preset "${presetName}".`, {
      hint: `Use a mapping, or one of: ${jsonPresets.map((one) => one.name).join(", ")}.`,
    });
  }
  // The configuration's schema has checked that it is a mapping of requests.
  const http = (own as HttpMapping | undefined) ?? preset?.mapping;
  if (http === undefined) throw new SitrepError("config-invalid", `${name} has no mapping.`);
  const mapping = toolMapping(http);
  if (own !== undefined) requireExpressions(mapping);
  const named = given["repository"] ?? findRepositoryOn(folder, hostText(url));
  const settings = { ...(named === null ? {} : partsOf(named)), ...preset?.defaults, ...given };
  const { origin } = new URL(url);
  requireSet(name, mapping, settings, preset?.settings);
  return {
    mapping,
    settings: { origin, ...settings },
    headers: preset?.mapping.headers ?? {},
    hints: preset?.hints ?? {},
  };
}
