// One line for the client's status line. See src/wiring/hooks/statusline.ts.

import { runStatusline } from "../src/wiring/hooks/statusline.ts";

void runStatusline(process.argv[2], process.env);
