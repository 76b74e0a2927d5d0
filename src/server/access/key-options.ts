import { SitrepError } from "../../core/errors.ts";

export const defaultPermissions = ["tools", "resources"];
const maxNameLength = 200;

/** Throws `usage` for an unknown permission: otherwise a typo would show only when a call is refused. */
export async function requirePermissions(
  given: readonly string[] = defaultPermissions,
): Promise<void> {
  const groups = [...defaultPermissions, "admin"];
  const named = given.filter((one) => !groups.includes(one) && !one.includes("://"));
  if (named.length === 0) return;
  // Loaded only here: the other permissions need no tools.
  const { listTools } = await import("../tools/tool-server.ts");
  const known = [...groups, ...listTools(null).map(({ name }) => name)];
  const unknown = named.find((one) => !known.includes(one));
  if (unknown === undefined) return;
  throw new SitrepError("usage", `Unknown permission: ${unknown}.`, {
    hint: `Available permissions: ${known.join(", ")}.`,
  });
}

export function requireName(what: string, name: string): string {
  if (name.length <= maxNameLength && !/\p{Cc}/u.test(name)) return name;
  throw new SitrepError(
    "usage",
    `${what} has control characters or more than ${maxNameLength} characters.`,
  );
}
