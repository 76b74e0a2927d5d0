// PreToolUse: adds news to a tool call's result. Started by the gate only when there may be some. See
// src/hooks/pre-tool-use.ts.

import { runPreToolUse } from "../src/hooks/pre-tool-use.ts";

void runPreToolUse();
