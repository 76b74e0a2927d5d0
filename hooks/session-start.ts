// SessionStart: puts a brief into the session. See src/hook/session-start.ts.

import { runSessionStart } from "../src/wiring/hooks/session-start-hook.ts";

void runSessionStart(process.argv, process.env);
