// Several servers in processes of their own on one SQLite file. On PostgreSQL: test/postgres.

import { join } from "node:path";
import { describe } from "vitest";
import { describeConcurrency } from "../contracts/concurrency.ts";
import { temporaryFolder } from "../support/temporary.ts";

describe("several servers on one SQLite file", () => {
  describeConcurrency(async () => join(temporaryFolder(), "tasks.db"), 3);
});
