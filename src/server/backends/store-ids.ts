// The ids of a task store behind the tools and the routes.

import { SitrepError } from "../../core/errors.ts";
import { peekId, reserveIds } from "../../store/ids.ts";
import type { Guard, Parts, StoreBackendOptions } from "./store-parts.ts";
import { createStoredTasks } from "./stored-tasks.ts";

const typeForm = /^[A-Za-z][A-Za-z0-9_]{0,31}$/;

function requireType(type: string): string {
  if (typeForm.test(type)) return type;
  throw new SitrepError("usage", "An id's type is a letter and up to 31 letters, digits or _.", {
    hint: "Such as US, SPEC or TASK.",
  });
}

function requireCount(count: number): number {
  if (Number.isInteger(count) && count >= 1 && count <= 100) return count;
  throw new SitrepError("usage", "From 1 to 100 ids can be reserved at once.");
}

export function idMethods(
  { store, projects, clock, reservationMs }: StoreBackendOptions,
  guarded: Guard,
): Pick<Parts, "nextId" | "reserveIds"> {
  const { keyFor } = createStoredTasks(store, projects);
  return {
    nextId: ({ type, project }, { as, signal }) =>
      guarded(signal, async () =>
        peekId(store.db, await keyFor(as.organization, project), requireType(type)),
      ),
    reserveIds: ({ type, project, count }, { as, signal }) =>
      guarded(signal, async () => {
        const key = await keyFor(as.organization, project);
        const wanted = {
          type: requireType(type),
          count: requireCount(count),
          by: as.user,
          now: clock(),
          forMs: reservationMs,
        };
        const kept = await store.write((trx) => reserveIds(trx, key, wanted));
        return { reservation_id: kept.id, reserved_ids: kept.ids, expires_at: kept.expiresAt };
      }),
  };
}
