import { randomUUID } from "node:crypto";
import type { TaskComment } from "./change.ts";
import type { StoreScope } from "./database/connection.ts";
import type { ChangeContext } from "./task-history.ts";

const most = 200;

/** The last comments on a task, oldest first. */
export async function selectComments({ db, key }: StoreScope, id: string): Promise<TaskComment[]> {
  const rows = await db
    .selectFrom("task_comments")
    .select(["at", "author", "body"])
    .where((eb) => eb.and({ ...key, task_id: id }))
    .orderBy("at", "desc")
    .limit(most)
    .execute();
  return rows.toReversed();
}

export async function insertComment(
  { db, key }: StoreScope,
  { id, body, now, author }: ChangeContext & { readonly id: string; readonly body: string },
): Promise<void> {
  const row = { ...key, id: randomUUID(), task_id: id, at: now, author, body };
  await db.insertInto("task_comments").values(row).execute();
}
