// How many WebSockets and streams one holder has open: nobody takes all that the server has. Counted by this server alone.

import type { Principal } from "../principal.ts";

/** Whose connections count together: a key's, whomever it acts for; a user's with tokens; without either an address's. */
export function holderOf({ by, keyId, organization, user }: Principal, address: string): string {
  if (by === "local") return `address ${address}`;
  return keyId === undefined ? `user ${JSON.stringify([organization, user])}` : `key ${keyId}`;
}

export function createHeldConnections(mostOfOne: number) {
  const held = new Map<string, number>();
  /** Counts one; null when the holder has as many as it may. What it gives is to be called once, at the end. */
  return (holder: string): (() => void) | null => {
    const count = held.get(holder) ?? 0;
    if (count >= mostOfOne) return null;
    held.set(holder, count + 1);
    return () => {
      const left = (held.get(holder) ?? 1) - 1;
      if (left > 0) held.set(holder, left);
      else held.delete(holder);
    };
  };
}
