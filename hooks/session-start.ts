// SessionStart: puts a brief into the session. See src/hooks/session-start.ts.

import { runSessionStart } from "../src/hooks/session-start-process.ts";

void runSessionStart();
