// A REST service that goes wrong, behind the built command.

import { describe } from "vitest";
import { describeSourceFaults } from "../contracts/source-faults.ts";

describe("when a REST service", () => {
  describeSourceFaults("task-tracking", "/");
});
