// The mapping of a server: its own or a preset's, checked before any request.

import { SitrepError } from "../../core/errors.ts";
import type { Mapping } from "../../core/mapping/mapping.ts";
import { requiredNames } from "../../core/mapping/templates.ts";
import { remoteNameOf } from "../../git/remote.ts";
import { presetOf, presets } from "../presets/presets.ts";
import { compile } from "./expression.ts";

/** Throws `config-invalid` for an expression with a syntax error. */
function requireExpressions(mapping: Mapping): void {
  const { statusWords: _words, mine: _mine, ...calls } = mapping;
  for (const call of [...Object.values(calls), mapping.list.each ?? mapping.list]) {
    for (const key of ["tasks", "task", "total", "cursor"] as const) {
      if (call[key] !== undefined) compile(call[key]);
    }
    const { line, heading, detail, none } = call.text ?? {};
    for (const pattern of [line, heading, detail, none]) {
      if (pattern !== undefined) compileRegExp(pattern);
    }
  }
}

function compileRegExp(pattern: string): RegExp {
  try {
    return new RegExp(pattern, "u");
  } catch (cause) {
    throw new SitrepError("config-invalid", `Invalid regular expression: ${pattern}`, { cause });
  }
}

export interface MappingChoice {
  readonly name: string;
  readonly preset?: string | undefined;
  readonly mapping?: Mapping | undefined;
  readonly settings: Readonly<Record<string, string>>;
}

/** Every call of a list has it. */
const isGiven = (name: string, { list }: Mapping): boolean =>
  name.startsWith("project.") || (name === "status" && list.statuses !== undefined);

/** The mapping for the project at `path`, and the settings of its templates. Throws `config-invalid`. */
export function mappingOf(
  { name, preset: presetName, mapping: own, settings: given }: MappingChoice,
  path: string,
): { mapping: Mapping; settings: Record<string, string> } {
  const preset = presetName === undefined ? null : presetOf(presetName);
  if (presetName !== undefined && preset === null) {
    throw new SitrepError("config-invalid", `${name}: there is no preset "${presetName}".`, {
      hint: `Use a mapping, or one of: ${presets.map((one) => one.name).join(", ")}.`,
    });
  }
  if (own !== undefined) requireExpressions(own);
  const mapping = own ?? preset?.mapping;
  if (mapping === undefined) throw new SitrepError("config-invalid", `${name} has no mapping.`);
  const settings: Record<string, string> = { ...remoteNameOf(path), ...preset?.defaults, ...given };
  const unset = requiredNames(mapping.list.arguments).filter(
    (one) => !isGiven(one, mapping) && settings[one] === undefined,
  );
  if (unset.length === 0) return { mapping, settings };
  const what = unset.map((one) => `"${one}" (${preset?.settings?.[one] ?? "of the mapping"})`);
  throw new SitrepError("config-invalid", `${name}: "with" lacks ${what.join(", ")}.`, {
    hint: `sitrep source add … --with ${unset[0]}=VALUE; in the library: settings`,
  });
}
