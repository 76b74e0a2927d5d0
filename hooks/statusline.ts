// One line for the client's status line. See src/wiring/statusline.ts.

import { runStatusline } from "../src/wiring/statusline.ts";

void runStatusline(process.argv[2], process.env);
