// Every operation by its name, in the order in which paths are matched.

import { taskOperations } from "./task-operations.ts";
import { ticketOperations } from "./ticket-operations.ts";
import type { Operation } from "./define-operation.ts";

export const operations = { ...taskOperations, ...ticketOperations };

export type Operations = typeof operations;
export type OperationName = keyof Operations;

export const operationList: readonly (readonly [OperationName, Operation])[] = Object.entries(
  operations,
) as [OperationName, Operation][];
