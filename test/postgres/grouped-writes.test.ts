// Calls that are written together, in a store that several servers share.

import { describe } from "vitest";
import { describeGroupedWrites } from "../contracts/grouped-writes.ts";
import { onServer, serverUrl, temporaryDatabase } from "../support/postgres.ts";

describe.skipIf(serverUrl === null)("on PostgreSQL", () => {
  describeGroupedWrites(async () => {
    const url = await temporaryDatabase();
    // Those that wait for each other are to be seen, and not to be sorted out within a second.
    const database = new URL(url).pathname.slice(1);
    await onServer(`alter database ${database} set deadlock_timeout = '20s'`);
    return { url };
  });
});
