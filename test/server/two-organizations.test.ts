// The task server keeps organizations apart, on SQLite.

import { join } from "node:path";
import { temporaryFolder } from "../support/temporary.ts";
import { describeTwoOrganizations } from "../contracts/two-organizations.ts";

describeTwoOrganizations(async () => ({ file: join(temporaryFolder(), "tasks.db") }));
