// The task store behind the task tools and the REST routes: SQLite or PostgreSQL. Every query carries the caller's
// organisation down to each row that is read or written.

import type { StoreConnection } from "../../store/database/connection.ts";
import type { Environment } from "../../config/folders.ts";
import { mostDays, type TaskBackend } from "../backend.ts";
import type { ProjectNames } from "./project-names.ts";
import { SitrepError } from "../../core/errors.ts";
import { createGroupedWrites } from "../../store/grouped-writes.ts";
import { peekId } from "../../store/ids.ts";
import { createStoredTasks } from "./stored-tasks.ts";
import {
  countTickets,
  findTicket,
  insertTicket,
  searchTickets,
  selectTickets,
} from "../../store/tickets.ts";
import type { Occasion } from "../../store/task-history.ts";
import type { Principal } from "../principal.ts";
import { wireTicket } from "../wire.ts";
import { findTask, listProjects, nextTask, selectTaskPage } from "../../store/task-queries.ts";
import { countProject, countTasks } from "../../store/task-numbers.ts";

export interface StoreBackendOptions {
  /** Taken over: disposing of the backend closes it. */
  readonly store: StoreConnection;
  readonly projects: ProjectNames;
  readonly clock: () => Date;
  /** How long reserved ids are kept. Milliseconds; `dayMs` is usual. */
  readonly reservationMs: number;
  /** Whose changes these are, for their history; the caller's where it is left out. */
  readonly author?: string | null;
}

const hourMs = 60 * 60 * 1000;
export const dayMs = 24 * hourMs;
const mostHours = 366 * 24;

/** Of `SITREP_RESERVATION_HOURS`, in milliseconds; a day where nothing is set. Throws `config-invalid`. */
export function reservationMsOf({ SITREP_RESERVATION_HOURS: given = "" }: Environment): number {
  if (given.trim() === "") return dayMs;
  const hours = Number(given);
  if (hours > 0 && hours <= mostHours) return hours * hourMs;
  const what = `must be a number of hours, more than 0 and at most ${mostHours}`;
  throw new SitrepError("config-invalid", `SITREP_RESERVATION_HOURS ${what}.`);
}

/** Runs a query: refused where the caller gave up, and a driver's error as ours. */
type Guarded = <T>(signal: AbortSignal, work: () => Promise<T>) => Promise<T>;

const guardOf =
  (store: StoreConnection): Guarded =>
  async (signal, work) => {
    if (signal.aborted) throw new SitrepError("cancelled", "The caller gave up.");
    try {
      return await work();
    } catch (error) {
      throw store.errorOf(error);
    }
  };

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

type TaskMethods = Omit<
  TaskBackend,
  keyof TicketMethods | "kind" | "check" | keyof AsyncDisposable
>;

function taskMethods(
  { store, projects, clock, reservationMs, author }: StoreBackendOptions,
  guarded: Guarded,
): TaskMethods {
  const { db } = store;
  const writes = createGroupedWrites(store);
  const tasks = createStoredTasks(store, writes, projects);
  const { scopeFor, placeOf, onWire, allOnWire } = tasks;
  const occasionOf = ({ user }: Principal): Occasion => ({
    now: clock().toISOString(),
    author: author === undefined ? user : author,
  });
  return {
    nextTask: ({ project, status }, { as, signal }) =>
      guarded(signal, async () => {
        const scope = await scopeFor(as.organization, project);
        const row =
          status === null
            ? ((await nextTask(scope, "in_progress")) ?? (await nextTask(scope, "pending")))
            : await nextTask(scope, status);
        return row === null ? null : await onWire(row, scope.key);
      }),
    listTasks: ({ project, status, priority, page, pageSize, total: known }, { as, signal }) =>
      guarded(signal, async () => {
        const scope = await scopeFor(as.organization, project);
        const isCounted = known === undefined;
        const window = { limit: pageSize, offset: (page - 1) * pageSize, isCounted };
        const selection = { status, priority };
        const { rows, total } = await selectTaskPage(scope, selection, window);
        const isAll = page === 1 && rows.length < pageSize;
        const all = isAll ? rows.length : (known ?? total ?? (await countTasks(scope, selection)));
        return { items: await allOnWire(rows, scope.key), total: all, page, pageSize };
      }),
    projects: ({ as: { organization }, signal }) =>
      guarded(signal, async () => {
        const keys = await listProjects(db, organization);
        return Promise.all(keys.map((key) => projects.nameOf(key, organization)));
      }),
    getTask: (id, project, { as, signal }) =>
      guarded(signal, async () => {
        const scope = await placeOf(as.organization, id, project);
        const row = scope === null ? null : await findTask(scope, id);
        return scope === null || row === null ? null : await onWire(row, scope.key);
      }),
    updateStatus: (change, { as, signal }) =>
      guarded(signal, () => tasks.updateStatus(as.organization, change, occasionOf(as))),
    addTasks: (added, { as, signal }) =>
      guarded(signal, () => tasks.add(as.organization, added, occasionOf(as))),
    counts: (project, { as, signal }) =>
      guarded(signal, async () => countProject(await scopeFor(as.organization, project), mostDays)),
    nextId: ({ type, project }, { as, signal }) =>
      guarded(signal, async () =>
        peekId(await scopeFor(as.organization, project), requireType(type)),
      ),
    reserveIds: ({ type, project, count }, { as, signal }) =>
      guarded(signal, async () => {
        const { key } = await scopeFor(as.organization, project);
        const call = {
          type: requireType(type),
          count: requireCount(count),
          by: as.user,
          now: clock(),
          forMs: reservationMs,
        };
        const kept = await writes.reserve({ key, call });
        return { reservation_id: kept.id, reserved_ids: kept.ids, expires_at: kept.expiresAt };
      }),
  };
}

type TicketMethods = Pick<
  TaskBackend,
  "listTickets" | "getTicket" | "searchTickets" | "createTicket"
>;

function ticketMethods({ store, clock }: StoreBackendOptions, guarded: Guarded): TicketMethods {
  const { db } = store;
  return {
    listTickets: (filter, { as, signal }) =>
      guarded(signal, async () => {
        const { page, pageSize } = filter;
        const window = { limit: pageSize, offset: (page - 1) * pageSize };
        const rows = await selectTickets(db, as.organization, filter, window);
        const total = await countTickets(db, as.organization, filter);
        return { items: rows.map(wireTicket), total, page, pageSize };
      }),
    getTicket: (id, { as, signal }) =>
      guarded(signal, async () => {
        const row = await findTicket(db, as.organization, id);
        return row === null ? null : wireTicket(row);
      }),
    searchTickets: (text, limit, { as, signal }) =>
      guarded(signal, async () =>
        (await searchTickets(db, as.organization, text, limit)).map(wireTicket),
      ),
    createTicket: (ticket, { as, signal }) =>
      guarded(signal, async () => {
        const fields = { ...ticket, status: "open", createdBy: as.user };
        const now = clock().toISOString();
        return wireTicket(await insertTicket(store, as.organization, fields, now));
      }),
  };
}

/** Fills the port `TaskBackend` from a task store. */
export function createStoreBackend(options: StoreBackendOptions): TaskBackend {
  const { store } = options;
  const guarded = guardOf(store);
  return {
    kind: "store",
    ...taskMethods(options, guarded),
    ...ticketMethods(options, guarded),
    check: (signal) =>
      guarded(signal, async () => {
        await store.db.selectFrom("tasks").select("id").limit(1).execute();
      }),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}
