// PreToolUse for those who want to be asked before some calls. See src/hooks/guard.ts.

import { runGuard } from "../src/hooks/guard.ts";

void runGuard();
