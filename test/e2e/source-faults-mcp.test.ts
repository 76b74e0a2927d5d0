// An MCP server that goes wrong, behind the built command.

import { describe } from "vitest";
import { describeSourceFaults } from "../contracts/source-faults.ts";

describe("when an MCP server", () => {
  describeSourceFaults("manage-task", "/mcp");
});
