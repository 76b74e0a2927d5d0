// Prepares a source for a project's file, which others use: without parts that belong to one machine or person. Pure.

import { isAbsolute } from "node:path";
import { maskSecrets } from "../core/secrets/secret-text.ts";
import { withoutDefaults } from "./config-file.ts";
import { isReference, secretLocation } from "./secrets.ts";
import type { SourceConfig } from "./source-config.ts";

const upper = (name: string): string => name.toUpperCase().replaceAll(/[^A-Z0-9]+/g, "_");

const tokenVariable = (name: string): string =>
  `${/^\d/.test(name) ? "SOURCE_" : ""}${upper(name)}_TOKEN`;

/** A keychain and a file belong to one person; everybody can set a variable. */
const sharedReference = (reference: string, variable: string): string =>
  secretLocation("env", reference) === null ? `\${env:${variable}}` : reference;

function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

function unshareable(source: object, home: string): string | null {
  for (const text of textsIn(source)) {
    if (isReference(text)) continue;
    if (maskSecrets(text) !== text) return "it has what looks like a secret";
    const isOfMachine = isAbsolute(text) || text.startsWith("~") || text.startsWith("file:");
    if (isOfMachine || text.includes(home)) return `it contains a path on this machine, ${text}`;
  }
  return null;
}

/** The source for a project's file, or why it cannot be in one. */
export function sharedSource(
  config: SourceConfig,
  home: string,
): { source: object; why: null } | { source: null; why: string } {
  const { projects: _, auth, ...rest } = config;
  const variables = Object.entries(config.env).map(([name, value]) => [
    name,
    isReference(value) ? sharedReference(value, name) : value,
  ]);
  const secret = auth?.secret && sharedReference(auth.secret, tokenVariable(config.name));
  const source = withoutDefaults({
    ...rest,
    enabled: true,
    env: Object.fromEntries(variables) as SourceConfig["env"],
    ...(auth && { auth: { ...auth, ...(secret && { secret }) } as typeof auth }),
  });
  const why = unshareable(source, home);
  return why === null ? { source, why } : { source: null, why };
}
