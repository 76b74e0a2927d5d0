// PreToolUse for those who want to be asked before some calls. See src/hook/guard.ts.

import { runGuard } from "../src/wiring/hooks/guard-hook.ts";

void runGuard(process.argv, process.env);
