// PreToolUse: adds news to a tool call's result. Started by the gate only when there may be some. See
// src/hook/pre-tool-use.ts.

import { runPreToolUse } from "../src/wiring/hooks/pre-tool-use-hook.ts";

void runPreToolUse(process.argv, process.env);
