// What `sitrep mcp` serves, wherever it comes from.

import type { TaskBackend } from "../backend.ts";

export interface ToolBackend extends AsyncDisposable {
  readonly backend: TaskBackend;
  /** What callers call the project at hand. */
  readonly project: string;
  /** For the log. */
  readonly name: string;
}
