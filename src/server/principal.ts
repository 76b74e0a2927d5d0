// Who calls the task server, and what it may do there.

/** Names of tools, `tools` and `resources` for all of them, `admin` for metrics and keys. */
export type Permission = string;

export interface Principal {
  /** Rows belong to an organisation: another's do not exist for this principal. */
  readonly organization: string;
  readonly user: string;
  readonly permissions: readonly Permission[];
  /** How it signed in: for the log, never the secret. */
  readonly by: "local" | "key" | "token";
  /** Of the key that it signed in with. */
  readonly keyId?: string;
  /** What its key may ask, counted by the key; absent: as every user of the server. */
  readonly limit?: { readonly requests: number; readonly seconds: number };
}

/** The person at this machine, over stdio: everything of the embedded store. */
export const localPrincipal: Principal = {
  organization: "",
  user: "local",
  permissions: ["tools", "resources", "admin"],
  by: "local",
};

const groupOf = (name: string): string => (name.includes("://") ? "resources" : "tools");

/** True when it may use the tool or resource of this name. */
export function mayUse({ permissions }: Principal, name: string): boolean {
  return permissions.includes(name) || (name !== "admin" && permissions.includes(groupOf(name)));
}
