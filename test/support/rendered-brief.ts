// Renders whole briefs as text from the builders' input.

import { renderBrief } from "../../src/core/brief/brief.ts";
import type { BriefInput } from "../../src/core/brief/brief-input.ts";
import type { Task } from "../../src/core/task/task.ts";
import { aBriefInput, aSourceView, aTask } from "./builders.ts";

export const aBrief = (overrides: Partial<BriefInput> = {}): string =>
  renderBrief(aBriefInput(overrides));

export const aBriefOf = (...tasks: Partial<Task>[]): string =>
  aBrief({ sources: [aSourceView({ tasks: tasks.map(aTask) })] });
