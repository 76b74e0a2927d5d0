// What the parts of a store's backend are made from.

import type { StoreConnection } from "../../store/connection.ts";
import type { TaskBackend } from "../backend.ts";
import type { ProjectNames } from "./project-names.ts";

export interface StoreBackendOptions {
  /** Taken over: disposing of the backend closes it. */
  readonly store: StoreConnection;
  readonly projects: ProjectNames;
  readonly clock: () => Date;
  /** How long reserved ids are kept for whoever reserved them. Milliseconds; `dayMs` is usual. */
  readonly reservationMs: number;
}

export const dayMs: number = 24 * 60 * 60 * 1000;

/** Runs a question: refused where the caller gave up, and a driver's error as ours. */
export type Guard = <T>(signal: AbortSignal, work: () => Promise<T>) => Promise<T>;

export type Parts = Omit<TaskBackend, "kind" | "check" | typeof Symbol.asyncDispose>;
