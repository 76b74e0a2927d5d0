import { oneOf, readFlag, readNumber, readString, shape, type Read } from "../read.ts";
import { taskStatuses } from "./task.ts";

export const readStatusChange = shape(
  {
    source: readString,
    taskId: readString,
    title: readString,
    status: oneOf(taskStatuses),
    /** The commit for which the status was changed. */
    commit: readString,
    /** Epoch milliseconds. */
    at: readNumber,
    /** A dry run changed nothing. */
    isPlanned: readFlag,
  },
  {
    /** The merged pull request for which the status was changed, `PR #7`. */
    pull: readString,
  },
);
/** A status change that the monitor made, or would have made in a dry run. */
export type StatusChange = Read<typeof readStatusChange>;

export const statusChangeKey = ({
  source,
  taskId,
  status,
  commit,
  isPlanned,
}: StatusChange): string => ["moved", source, taskId, status, commit, isPlanned].join(" ");
