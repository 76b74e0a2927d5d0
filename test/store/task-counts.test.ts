// The counts of a store on SQLite.

import { join } from "node:path";
import { describeTaskCounts } from "../contracts/task-counts.ts";
import { temporaryFolder } from "../support/temporary.ts";

describeTaskCounts(async () => ({ file: join(temporaryFolder(), "tasks.db") }));
