// The settings of a source, in `with` or the library's `settings`. Unknown names are errors.

import { SitrepError } from "../core/errors.ts";
import type { HttpMapping } from "../core/mapping/http-mapping.ts";
import type { Mapping } from "../core/mapping/mapping.ts";
import type { SourceType } from "../core/ports.ts";
import { findJsonPreset } from "./presets/json/json-presets.ts";
import { findPreset } from "./presets/presets.ts";

/** Settings of every type. `userId`: the caller. */
const commonSettings = ["userId"];
const settingsByType: Readonly<Record<SourceType, readonly string[]>> = {
  embedded: [],
  file: [],
  "manage-task": ["projectId", "branchId"],
  "task-tracking": ["project"],
  tickets: ["organizationId", "status", "category"],
  mcp: [],
  json: ["repository"],
};

/** Names in templates (`${owner}`) and in expressions (`$with.owner`). */
const namedIn = (mapping: Mapping | HttpMapping): string[] =>
  [...JSON.stringify(mapping).matchAll(/\$\{([A-Za-z][\w-]*)\??\}|\$with\.(\w+)/g)].flatMap(
    ([, inTemplate, inExpression]) => inTemplate ?? inExpression ?? [],
  );

/** Throws `config-invalid` for a setting that the type, the preset or the mapping does not know. */
export function requireKnownSettings(
  source: string,
  choice: {
    type: SourceType;
    preset?: string | undefined;
    mapping?: Mapping | HttpMapping | undefined;
  },
  given: Readonly<Record<string, string>>,
): void {
  const { type, mapping } = choice;
  const presetName = choice.preset ?? "";
  const preset = type === "json" ? findJsonPreset(presetName) : findPreset(presetName);
  const own = mapping ?? preset?.mapping;
  const named = own === undefined ? [] : namedIn(own);
  const ofPreset = Object.keys({ ...preset?.settings, ...preset?.defaults });
  const known = [...new Set([...settingsByType[type], ...ofPreset, ...named, ...commonSettings])];
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const what = choice.preset ?? (mapping === undefined ? type : "its mapping");
  throw new SitrepError("config-invalid", `${source}: ${what} has no setting "${unknown}".`, {
    hint: `Its settings: ${known.join(", ")}.`,
  });
}
