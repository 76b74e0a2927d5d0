/** The name of a tool, `tools` or `resources` for all of them, or `admin` for metrics. */
export type Permission = string;

export interface Principal {
  /** Rows of other organizations do not exist for this principal. */
  readonly organization: string;
  readonly user: string;
  readonly permissions: readonly Permission[];
  readonly by: "local" | "key" | "token";
  readonly keyId?: string;
  /** The limit of its key. Absent: the server's limit for every user. */
  readonly limit?: { readonly requests: number; readonly seconds: number };
}

/** The person at this machine, with every permission on the embedded store. */
export const localPrincipal: Principal = {
  organization: "",
  user: "local",
  permissions: ["tools", "resources", "admin"],
  by: "local",
};

const groupOf = (name: string): string => (name.includes("://") ? "resources" : "tools");

export function mayUse({ permissions }: Principal, name: string): boolean {
  return permissions.includes(name) || (name !== "admin" && permissions.includes(groupOf(name)));
}
