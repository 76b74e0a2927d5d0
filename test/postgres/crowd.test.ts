// Several servers in processes of their own on one PostgreSQL database.

import { describe } from "vitest";
import { describeCrowd } from "../contracts/crowd.ts";
import { serverUrl, temporaryDatabase } from "../support/postgres.ts";

describe.skipIf(serverUrl === null)("on one PostgreSQL database", () => {
  describeCrowd(temporaryDatabase, 2);
});
