// Whose tasks a new key sees, where the command does not say it: asked, or the only organisation that there is.

import { SitrepError } from "../core/errors.ts";
import type { ApiKeys } from "../store/api-keys.ts";
import type { StoreConnection } from "../store/database/connection.ts";

/** Asks where somebody can be asked; null elsewhere. `known`: the organisations that there are. */
export type AskOrganization = (known: readonly string[]) => Promise<string | null>;

export interface KeyOrganization {
  readonly organization: string;
  /** True where nobody named it: it is the only one. */
  readonly isOnly: boolean;
}

/** Throws `usage` where it is not named and there are several, or none. */
export async function organizationFor(
  keys: ApiKeys,
  kind: StoreConnection["kind"],
  ask: AskOrganization,
): Promise<KeyOrganization> {
  // The tasks that commands add on this machine are of no organisation.
  const own = kind === "sqlite" ? [""] : [];
  const known = [...new Set([...own, ...(await keys.organizations())])];
  const answer = await ask(known);
  if (answer !== null && (answer !== "" || known.includes(""))) {
    return { organization: answer, isOnly: false };
  }
  const [only] = known;
  if (only !== undefined && known.length === 1) return { organization: only, isOnly: true };
  const named = known.map((one) => (one === "" ? '"" (this machine)' : one)).join(", ");
  throw new SitrepError("usage", "--organization is needed: whose tasks the key sees.", {
    hint: known.length === 0 ? "Any name: there is none yet." : `There are: ${named}.`,
  });
}
