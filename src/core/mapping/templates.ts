// Arguments of a tool call with placeholders: `${project.path}`, `${owner}`, `${item.id}`.

import { SitrepError } from "../errors.ts";

type Value = string | number | readonly string[] | undefined;
export type TemplateValues = Readonly<Record<string, Value>>;

const place = /\$\{([A-Za-z][\w.-]*)(\?)?\}/g;
const wholePlace = /^\$\{([A-Za-z][\w.-]*)(\?)?\}$/;

const missing = (name: string): SitrepError =>
  new SitrepError("config-invalid", `"\${${name}}" in a template has no value.`, {
    hint: `Set it under "with" in the source, for example: sitrep source add … --with ${name}=VALUE`,
  });

function fillText(text: string, values: TemplateValues): unknown {
  const valueOf = (name: string, optional: string | undefined): Value => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined && optional === undefined) throw missing(name);
    return value;
  };
  const [whole, name = "", optional] = wholePlace.exec(text) ?? [];
  if (whole !== undefined) return valueOf(name, optional);
  return text.replaceAll(place, (_, inner: string, mark: string | undefined) =>
    String(valueOf(inner, mark) ?? ""),
  );
}

/** A lone placeholder keeps its value's type; `${name?}` may be absent. Throws `config-invalid`. */
export function fillTemplate(template: unknown, values: TemplateValues): unknown {
  if (typeof template === "string") return fillText(template, values);
  if (Array.isArray(template)) {
    return template
      .map((item: unknown) => fillTemplate(item, values))
      .filter((item) => item !== undefined);
  }
  if (typeof template !== "object" || template === null) return template;
  const filled: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(template)) {
    const found = fillTemplate(value, values);
    if (found !== undefined) filled[key] = found;
  }
  return filled;
}

export function requiredNames(template: unknown): string[] {
  const text = JSON.stringify(template) ?? "";
  const names = [...text.matchAll(place)].filter((match) => match[2] === undefined);
  return [...new Set(names.map((match) => match[1] ?? ""))];
}
