// Every query carries the caller's organization down to each row that is read or written.

import type { StoreConnection } from "../../store/database/connection.ts";
import { numberText, readVariables } from "../../config/environment.ts";
import type { Environment } from "../../config/folders.ts";
import { maxDays, notFound, type CallScope, type TaskBackend } from "../backend.ts";
import { createBoardCalls } from "./board-calls.ts";
import type { ProjectNames } from "./project-names.ts";
import { SitrepError } from "../../core/errors.ts";
import { createGroupedWrites } from "../../store/grouped-writes.ts";
import { nextFreeId } from "../../store/ids.ts";
import { createStoredTasks } from "./stored-tasks.ts";
import {
  countTickets,
  findTicket,
  insertTicket,
  searchTickets,
  selectTickets,
} from "../../store/tickets.ts";
import { wireTaskOfRow, wireTicket } from "../wire.ts";
import { wrapCalls } from "./wrap-calls.ts";
import { findRow, listProjects, findNextRow, selectTaskPage } from "../../store/task-queries.ts";
import { countProject, countTasks } from "../../store/task-numbers.ts";

export interface StoreBackendOptions {
  readonly store: StoreConnection;
  readonly projects: ProjectNames;
  readonly clock: () => Date;
  /** How long reserved ids are kept. Milliseconds; `dayMs` is usual. */
  readonly reservationMs: number;
  /** The author of changes in the tasks' history. Default: the caller. */
  readonly author?: string | null;
}

const hourMs = 60 * 60 * 1000;
export const dayMs = 24 * hourMs;

/** Reads `SITREP_RESERVATION_HOURS`, as milliseconds; a day if it is not set. Throws `config-invalid`. */
export function readReservationMs(env: Environment): number {
  const { SITREP_RESERVATION_HOURS: hours } = readVariables(env, {
    SITREP_RESERVATION_HOURS: numberText(0.001, 366 * 24).default(24),
  });
  return hours * hourMs;
}

type StoreCalls = Omit<TaskBackend, "kind" | "check" | keyof AsyncDisposable>;
type TicketCalls = Pick<
  StoreCalls,
  "listTickets" | "getTicket" | "searchTickets" | "createTicket" | "createTicketByAssistant"
>;

const typeForm = /^[A-Za-z][A-Za-z0-9_]{0,31}$/;

function requireType(type: string): string {
  if (typeForm.test(type)) return type;
  throw new SitrepError(
    "usage",
    "An id type is a letter followed by up to 31 letters, digits or _.",
    { hint: "Examples: US, SPEC, TASK." },
  );
}

function requireCount(count: number): number {
  if (Number.isInteger(count) && count >= 1 && count <= 100) return count;
  throw new SitrepError("usage", "Reserve 1 to 100 ids per call.");
}

const windowOf = ({ page, page_size: limit }: { page: number; page_size: number }) => ({
  limit,
  offset: (page - 1) * limit,
});

function taskCalls(options: StoreBackendOptions): Omit<StoreCalls, keyof TicketCalls> {
  const { store, projects, clock, reservationMs, author } = options;
  const { db } = store;
  const writes = createGroupedWrites(store);
  const { scopeFor, nameOf, placeOf, ...tasks } = createStoredTasks(store, writes, projects);
  const occasionOf = ({ as: { user } }: CallScope) => ({
    now: clock().toISOString(),
    author: author === undefined ? user : author,
  });
  return {
    getNextTask: async ({ project, status }, { as }) => {
      const scope = await scopeFor(as.organization, project);
      const row =
        status === undefined
          ? ((await findNextRow(scope, "in_progress")) ?? (await findNextRow(scope, "pending")))
          : await findNextRow(scope, status);
      return { task: row === null ? null : wireTaskOfRow(row, await nameOf(scope.key)) };
    },
    listTasks: async ({ project, status, priority, page, page_size }, { as }) => {
      const scope = await scopeFor(as.organization, project);
      const selection = { status, priority };
      const window = windowOf({ page, page_size });
      const { rows, total } = await selectTaskPage(scope, selection, window);
      // A name may have to be looked up among all projects.
      const name = rows.length === 0 ? "" : await nameOf(scope.key);
      return {
        tasks: rows.map((row) => wireTaskOfRow(row, name)),
        total: total ?? (page === 1 ? 0 : await countTasks(scope, selection)),
        page,
        page_size,
      };
    },
    projects: async (_, { as: { organization } }) => {
      const keys = await listProjects(db, organization);
      return Promise.all(keys.map((project) => nameOf({ organization, project })));
    },
    getTask: async ({ id, project }, { as }) => {
      const scope = await placeOf(as.organization, id, project);
      const row = await findRow(scope, id);
      if (row === null) throw notFound("task", id);
      return { task: wireTaskOfRow(row, await nameOf(scope.key)) };
    },
    updateTaskStatus: async (change, asked) => {
      const project = change.project ?? change.project_id;
      const { key } = await placeOf(asked.as.organization, change.id, project);
      const row = await tasks.move(key, change, occasionOf(asked));
      return { updated_task: wireTaskOfRow(row, await nameOf(key)) };
    },
    addTasks: async ({ tasks: added }, asked) => {
      const ids = await tasks.add(asked.as.organization, added, occasionOf(asked));
      return { success: true, tasks_added: ids.length, task_ids: ids };
    },
    ...createBoardCalls({ store, scopeFor, nameOf, occasionOf }),
    counts: async ({ project }, { as }) =>
      countProject(await scopeFor(as.organization, project), maxDays),
    getNextId: async ({ type, project }, { as }) => {
      const scope = await scopeFor(as.organization, project);
      return { next_id: await nextFreeId(scope, requireType(type)) };
    },
    reserveIds: async ({ type, project_id: project, count }, { as }) => {
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
    },
  };
}

function ticketCalls({ store, clock }: StoreBackendOptions): TicketCalls {
  const { db } = store;
  const createTicket: TicketCalls["createTicket"] = async (ticket, { as }) => {
    const fields = { ...ticket, status: "open", createdBy: as.user };
    const now = clock().toISOString();
    const row = await insertTicket(store, as.organization, fields, now);
    return { success: true, ticket: wireTicket(row) };
  };
  return {
    createTicket,
    createTicketByAssistant: createTicket,
    listTickets: async ({ page, page_size, ...filter }, { as: { organization } }) => {
      const window = windowOf({ page, page_size });
      const rows = await selectTickets(db, organization, filter, window);
      const total = await countTickets(db, organization, filter);
      return { tickets: rows.map(wireTicket), total, page, page_size };
    },
    getTicket: async ({ id }, { as }) => {
      const row = await findTicket(db, as.organization, id);
      if (row !== null) return { ticket: wireTicket(row) };
      throw notFound("ticket", id);
    },
    searchTickets: async ({ q, limit }, { as }) => {
      const tickets = (await searchTickets(db, as.organization, q, limit)).map(wireTicket);
      return { tickets, total: tickets.length };
    },
  };
}

export function createStoreBackend(options: StoreBackendOptions): TaskBackend {
  const { store } = options;
  const guarded = async <T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> => {
    if (signal.aborted) throw new SitrepError("cancelled", "The caller cancelled.");
    try {
      return await work();
    } catch (error) {
      throw store.errorOf(error);
    }
  };
  const backend: TaskBackend = {
    kind: "store",
    ...taskCalls(options),
    ...ticketCalls(options),
    check: (signal) =>
      guarded(signal, async () => {
        await store.db.selectFrom("tasks").select("id").limit(1).execute();
      }),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
  return wrapCalls(backend, ({ input, asked }, run) => guarded(asked.signal, () => run(input)));
}
