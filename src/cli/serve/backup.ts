import {
  backUpStore,
  openServerStore,
  restoreStore,
  type RowCounts,
  type StorePlace,
} from "../../server/server-store.ts";
import type { Run } from "../program/verb-context.ts";
import { countText, printResult, type JsonOption } from "../terminal/terminal.ts";

const wordsOf = ({ tasks, tickets, api_keys: keys }: RowCounts): string =>
  `${countText(tasks, "task")}, ${countText(tickets, "ticket")} and ${countText(keys, "key")}, with everything that belongs to them`;

export const runBackup: Run<[string], StorePlace & JsonOption> = async (context, file, options) => {
  const rows = await backUpStore(context, file, options);
  printResult(options, { file, rows }, `Wrote ${wordsOf(rows)}, to ${file}.`);
};

export const runRestore: Run<[string], StorePlace & { replace?: boolean } & JsonOption> = async (
  context,
  file,
  options,
) => {
  const rows = await restoreStore(context, file, options);
  printResult(options, { file, rows }, `Restored ${wordsOf(rows)}, from ${file}.`);
};

export const runMigrate: Run<[], StorePlace & JsonOption> = async (context, options) => {
  await using store = await openServerStore(context, options);
  printResult(options, { store: store.kind }, "The tables of the task store are up to date.");
};
