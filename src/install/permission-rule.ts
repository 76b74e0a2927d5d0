// The rule that lets the client call our tools without asking each time.
// https://code.claude.com/docs/en/permissions

import type { Node } from "jsonc-parser";
import { SitrepError } from "../core/errors.ts";
import { mcpServerName } from "./mcp-entry.ts";
import { append, cut, propertyOf, valueOf } from "./splice.ts";
import { parseSettings } from "./strict-json.ts";

/** All tools of our server. */
export const toolsRule: string = `mcp__${mcpServerName}__*`;

function unexpected(file: string, what: string): SitrepError {
  return new SitrepError("settings-unexpected", `${file}: ${what}`, {
    hint: "See https://code.claude.com/docs/en/permissions for its form. Nothing was changed.",
  });
}

function permissionsOf(file: string, root: Node): Node | undefined {
  const permissions = valueOf(propertyOf(root, "permissions"));
  if (permissions === undefined || permissions.type === "object") return permissions;
  throw unexpected(file, '"permissions" is no object.');
}

function allowedIn(file: string, permissions: Node | undefined): Node | undefined {
  const allowed = permissions && valueOf(propertyOf(permissions, "allow"));
  if (allowed === undefined || allowed.type === "array") return allowed;
  throw unexpected(file, '"permissions.allow" is no list.');
}

const ruleIn = (allowed: Node | undefined): Node | undefined =>
  allowed?.children?.find((child) => child.value === toolsRule);

export function hasRule(file: string, text: string): boolean {
  const { root } = parseSettings(file, text);
  return ruleIn(allowedIn(file, permissionsOf(file, root))) !== undefined;
}

/** The text with the rule. Throws `settings-not-strict`, `settings-unexpected`. */
export function planRule(file: string, text: string): string {
  const { root } = parseSettings(file, text);
  const permissions = permissionsOf(file, root);
  if (permissions === undefined) return append(text, root, "permissions", { allow: [toolsRule] });
  const allowed = allowedIn(file, permissions);
  if (allowed === undefined) return append(text, permissions, "allow", [toolsRule]);
  return ruleIn(allowed) === undefined ? append(text, allowed, null, toolsRule) : text;
}

/** The text without the rule, and without the lists that it leaves empty. */
export function cutRule(file: string, text: string): string {
  const { root } = parseSettings(file, text);
  const permissions = permissionsOf(file, root);
  const allowed = allowedIn(file, permissions);
  const rule = ruleIn(allowed);
  if (permissions === undefined || allowed === undefined || rule === undefined) return text;
  if (allowed.children?.length !== 1) return cut(text, allowed, rule);
  const list = propertyOf(permissions, "allow");
  if (list !== undefined && permissions.children?.length !== 1) return cut(text, permissions, list);
  const all = propertyOf(root, "permissions");
  return all === undefined ? text : cut(text, root, all);
}
