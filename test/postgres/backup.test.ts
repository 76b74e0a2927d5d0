// Backup and restoration of a store on PostgreSQL.

import { describe, onTestFinished } from "vitest";
import { openStore } from "../../src/store/database/database.ts";
import { describeBackup, run } from "../contracts/store-backup.ts";
import { serverUrl, temporaryDatabase } from "../support/postgres.ts";

describe.skipIf(serverUrl === null)("on PostgreSQL", () => {
  describeBackup(
    async () => {
      const store = await openStore({ url: await temporaryDatabase() });
      onTestFinished(() => store[Symbol.asyncDispose]());
      return store;
    },
    async (store) => {
      await run(store, "alter table api_keys add constraint none check (id = '')");
    },
  );
});
