// A person's source as a project's file may have it, for others: without what is of one machine or one person. Pure.

import { isAbsolute } from "node:path";
import { defined } from "../core/read.ts";
import { maskSecrets } from "../core/secrets/secret-text.ts";
import { isReference, placeOf } from "./secrets.ts";
import type { SourceConfig } from "./source-config.ts";

const upper = (name: string): string => name.toUpperCase().replaceAll(/[^A-Z0-9]+/g, "_");

/** The variable in which each keeps their own secret of a source. */
export const tokenVariable = (name: string): string =>
  `${/^\d/.test(name) ? "SOURCE_" : ""}${upper(name)}_TOKEN`;

/** A keychain and a file are one person's; a variable can be set by everybody. */
const sharedReference = (reference: string, variable: string): string =>
  placeOf("env", reference) === null ? `\${env:${variable}}` : reference;

const isGiven = (value: unknown): boolean =>
  typeof value === "object" && value !== null ? Object.keys(value).length > 0 : value !== undefined;

function authOf({ name, auth }: SourceConfig): SourceConfig["auth"] {
  return auth?.secret === undefined
    ? auth
    : { ...auth, secret: sharedReference(auth.secret, tokenVariable(name)) };
}

function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

/** Why a source is not for others; null where it is. */
function unshareable(source: object, home: string): string | null {
  for (const text of textsIn(source)) {
    if (isReference(text)) continue;
    if (maskSecrets(text) !== text) return "has what looks like a secret";
    const isOfMachine = isAbsolute(text) || text.startsWith("~") || text.startsWith("file:");
    if (isOfMachine || text.includes(home)) return `names a path of this machine, ${text}`;
  }
  return null;
}

/** The source for a project's file, or why it cannot be in one. */
export function sharedSource(
  config: SourceConfig,
  home: string,
): { source: object; why: null } | { source: null; why: string } {
  const { projects: _, enabled: _on, fallback, env, auth: _auth, ...rest } = config;
  const variables = Object.entries(env).map(([name, value]) => [
    name,
    isReference(value) ? sharedReference(value, name) : value,
  ]);
  const all = { ...rest, env: Object.fromEntries(variables) as unknown, auth: authOf(config) };
  const given = Object.fromEntries(Object.entries(defined(all)).filter(([, one]) => isGiven(one)));
  const source = { ...given, ...(fallback && { fallback }) };
  const why = unshareable(source, home);
  return why === null ? { source, why } : { source: null, why };
}
