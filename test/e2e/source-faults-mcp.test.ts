// An MCP server that goes wrong, behind the built command.

import { describe } from "vitest";
import { describeSourceFaults, sourceFaults } from "../contracts/source-faults.ts";
import { oneIn } from "../support/cases.ts";

describe("when an MCP server", () => {
  describeSourceFaults("manage-task", "/mcp", oneIn(4, sourceFaults));
});
