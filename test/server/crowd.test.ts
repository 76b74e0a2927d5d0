// Several servers in processes of their own on one SQLite file. On PostgreSQL: test/postgres.

import { join } from "node:path";
import { describe } from "vitest";
import { describeCrowd } from "../contracts/crowd.ts";
import { temporaryFolder } from "../support/temporary.ts";

describe("on one SQLite file", () => {
  describeCrowd(async () => join(temporaryFolder(), "tasks.db"), 3);
});
