// One line for the client's status line. See src/hooks/statusline.ts.

import { runStatusline } from "../src/hooks/statusline.ts";

void runStatusline();
