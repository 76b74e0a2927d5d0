import { oneOf, readFlag, readNumber, readString, shape, type Read } from "../read.ts";
import { taskStatuses } from "./task.ts";

export const readMove = shape(
  {
    source: readString,
    taskId: readString,
    title: readString,
    status: oneOf(taskStatuses),
    /** The commit that it was moved for. */
    commit: readString,
    /** Epoch milliseconds. */
    at: readNumber,
    /** A dry run changed nothing. */
    isPlanned: readFlag,
  },
  {
    /** The merged pull request that it was moved for, `PR #7`. */
    pull: readString,
  },
);
/** What the monitor did to a task, or would have done. */
export type TaskMove = Read<typeof readMove>;

export const moveKey = ({ source, taskId, status, commit, isPlanned }: TaskMove): string =>
  ["moved", source, taskId, status, commit, isPlanned].join(" ");
