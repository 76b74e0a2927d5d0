// One line for Claude Code's status line. See src/hooks/statusline.ts.

import { runStatusline } from "../src/hooks/statusline.ts";

void runStatusline();
