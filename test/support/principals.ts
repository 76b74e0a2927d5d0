// Callers of the task server.

import type { CallScope } from "../../src/server/backend.ts";
import type { Principal } from "../../src/server/principal.ts";

export function aPrincipal(overrides: Partial<Principal> = {}): Principal {
  return {
    organization: "acme",
    user: "ana",
    permissions: ["tools", "resources"],
    by: "key",
    ...overrides,
  };
}

/** A call by somebody of this organization, with a deadline that no test reaches. */
export const askedBy = (organization: string): CallScope => ({
  as: aPrincipal({ organization }),
  signal: AbortSignal.timeout(120_000),
});
