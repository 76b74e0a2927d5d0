// A REST service that goes wrong, behind the built command.

import { describe } from "vitest";
import { describeSourceFaults, sourceFaults } from "../contracts/source-faults.ts";
import { firstOf } from "../support/cases.ts";

describe("when a REST service", () => {
  describeSourceFaults("task-tracking", "/", firstOf(sourceFaults, 3));
});
