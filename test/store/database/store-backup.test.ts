// Backup and restoration of the embedded store.

import { join } from "node:path";
import { onTestFinished } from "vitest";
import { openStoreDatabase } from "../../../src/store/database/database.ts";
import { describeBackup, run } from "../../contracts/store-backup.ts";
import { temporaryFolder } from "../../support/temporary.ts";

describeBackup(
  async () => {
    const store = await openStoreDatabase(join(temporaryFolder(), "tasks.db"));
    onTestFinished(() => store[Symbol.asyncDispose]());
    return store;
  },
  async (store) => {
    await run(
      store,
      "create trigger none before insert on api_keys begin select raise(abort, 'none'); end",
    );
  },
);
