// The counts of a store that several servers share.

import { describe } from "vitest";
import { describeTaskCounts } from "../contracts/task-counts.ts";
import { serverUrl, temporaryDatabase } from "../support/postgres.ts";

describe.skipIf(serverUrl === null)("on PostgreSQL", () => {
  describeTaskCounts(async () => ({ url: await temporaryDatabase() }));
});
