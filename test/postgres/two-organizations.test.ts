// The task server keeps organizations apart, on PostgreSQL.

import { describe } from "vitest";
import { describeTwoOrganizations } from "../contracts/two-organizations.ts";
import { serverUrl, temporaryDatabase } from "../support/postgres.ts";

describe.skipIf(serverUrl === null)("on PostgreSQL", () => {
  describeTwoOrganizations(async () => ({ url: await temporaryDatabase() }));
});
