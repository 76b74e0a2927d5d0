// The module that Claude Code runs in itself. See src/hooks/pane/pane.ts.

export { register } from "../../src/hooks/pane/pane.ts";
