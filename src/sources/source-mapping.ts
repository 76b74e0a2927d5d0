// The mapping of a configured source: its own or a preset's, checked before anything is asked.

import type { MappingConfig, SourceConfig } from "../config/source-config.ts";
import { SitrepError } from "../core/errors.ts";
import type { ProjectScope } from "../core/ports.ts";
import { requiredNames } from "../core/templates.ts";
import { remoteNameOf } from "../git/remote.ts";
import { compile } from "./mapping/expression.ts";
import type { Mapping } from "./mapping/mapping.ts";
import { presetOf, presets } from "./presets/presets.ts";

/** Throws `config-invalid` for an expression that is none, before anything is asked. */
function requireExpressions(mapping: MappingConfig): void {
  const { statusWords: _words, ...calls } = mapping;
  for (const call of [...Object.values(calls), mapping.list.each ?? mapping.list]) {
    for (const key of ["tasks", "task", "total", "cursor"] as const) {
      if (call[key] !== undefined) compile(call[key]);
    }
    for (const pattern of [call.text?.line, call.text?.heading, call.text?.none]) {
      if (pattern !== undefined) compileRegExp(pattern);
    }
  }
}

function compileRegExp(pattern: string): RegExp {
  try {
    return new RegExp(pattern, "u");
  } catch (cause) {
    throw new SitrepError("config-invalid", `Not a regular expression: ${pattern}`, { cause });
  }
}

/** The mapping in force and the settings that its templates name. Throws `config-invalid`. */
export function mappingOf(
  config: SourceConfig,
  scope: ProjectScope,
): { mapping: Mapping; settings: Record<string, string> } {
  const preset = config.preset === undefined ? null : presetOf(config.preset);
  if (config.preset !== undefined && preset === null) {
    throw new SitrepError("config-invalid", `${config.name}: no preset "${config.preset}".`, {
      hint: `There are: ${presets.map(({ name }) => name).join(", ")}.`,
    });
  }
  if (config.mapping !== undefined) requireExpressions(config.mapping);
  const mapping: Mapping | undefined = config.mapping ?? preset?.mapping;
  if (mapping === undefined) throw new SitrepError("config-invalid", `${config.name}: no mapping.`);
  const settings: Record<string, string> = {
    ...remoteNameOf(scope.path),
    ...preset?.defaults,
    ...config.with,
  };
  const unset = requiredNames(mapping.list.arguments).filter(
    (name) => !name.startsWith("project.") && settings[name] === undefined,
  );
  if (unset.length === 0) return { mapping, settings };
  const what = unset.map((name) => `"${name}" (${preset?.settings[name] ?? "of the mapping"})`);
  throw new SitrepError(
    "config-invalid",
    `${config.name}: below "with" is missing ${what.join(", ")}.`,
    {
      hint: `sitrep source add … --with ${unset[0]}=VALUE`,
    },
  );
}
