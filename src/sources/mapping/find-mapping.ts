// The mapping of a server: its own or a preset's, checked before any request.

import { SitrepError } from "../../core/errors.ts";
import type { HttpMapping } from "../../core/mapping/http-mapping.ts";
import type { Mapping } from "../../core/mapping/mapping.ts";
import { requiredNames } from "../../core/mapping/templates.ts";
import { readRemoteName } from "../../git/remote.ts";
import { findPreset, presets } from "../presets/presets.ts";
import { compile } from "./expression.ts";

/** Throws `config-invalid` for an expression with a syntax error. */
export function requireExpressions(mapping: Mapping): void {
  const { list, next, get, search, create, update, comment, assign, whoAmI } = mapping;
  const all = [list, next, get, search, create, update, comment, assign, whoAmI, list.each];
  for (const call of all.filter((one) => one !== undefined)) {
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

/** True for a value that every call of a list has. */
const isGiven = (name: string, { statuses }: Mapping["list"]): boolean =>
  name.startsWith("project.") || (name === "status" && statuses !== undefined);

/** Throws `config-invalid` for a setting that the list needs and that is not set. */
export function requireSet(
  name: string,
  { list }: Mapping,
  settings: Readonly<Record<string, string>>,
  described: Readonly<Record<string, string>> = {},
): void {
  const unset = requiredNames(list.arguments).filter(
    (one) => !isGiven(one, list) && settings[one] === undefined,
  );
  if (unset.length === 0) return;
  const what = unset.map((one) => `"${one}" (${described[one] ?? "of the mapping"})`);
  throw new SitrepError("config-invalid", `${name}: "with" lacks ${what.join(", ")}.`, {
    hint: `sitrep source add … --with ${unset[0]}=VALUE; in library code, use settings`,
  });
}

export interface MappingChoice {
  readonly name: string;
  readonly preset?: string | undefined;
  readonly mapping?: Mapping | HttpMapping | undefined;
  readonly settings: Readonly<Record<string, string>>;
}

/** The mapping for the project at `path`, and the settings of its templates. Throws `config-invalid`. */
export function findMapping(
  { name, preset: presetName, mapping: own, settings: given }: MappingChoice,
  path: string,
): { mapping: Mapping; settings: Record<string, string> } {
  const preset = presetName === undefined ? null : findPreset(presetName);
  if (presetName !== undefined && preset === null) {
    throw new SitrepError("config-invalid", `${name}: there is no preset "${presetName}".`, {
      hint: `Use a mapping, or one of: ${presets.map((one) => one.name).join(", ")}.`,
    });
  }
  // The configuration's schema has checked that it is a mapping of tools.
  const mapping = (own as Mapping | undefined) ?? preset?.mapping;
  if (mapping === undefined) throw new SitrepError("config-invalid", `${name} has no mapping.`);
  if (own !== undefined) requireExpressions(mapping);
  const settings: Record<string, string> = {
    ...readRemoteName(path),
    ...preset?.defaults,
    ...given,
  };
  requireSet(name, mapping, settings, preset?.settings);
  return { mapping, settings };
}
