// Several servers in processes of their own on one PostgreSQL database.

import { describe } from "vitest";
import { describeConcurrency } from "../contracts/concurrency.ts";
import { serverUrl, temporaryDatabase } from "../support/postgres.ts";

describe.skipIf(serverUrl === null)("on one PostgreSQL database", () => {
  describeConcurrency(temporaryDatabase, 2);
});
