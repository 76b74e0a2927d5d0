// The presets of `json` sources: the trackers' own APIs, without an MCP server.

import type { HttpPreset } from "../../../core/mapping/http-mapping.ts";
import { gitea } from "./gitea.ts";
import { github } from "./github.ts";
import { gitlab } from "./gitlab.ts";
import { jira } from "./jira.ts";
import { linear } from "./linear.ts";
import { todoist } from "./todoist.ts";

export const jsonPresets: readonly HttpPreset[] = [github, gitlab, gitea, linear, jira, todoist];

export const findJsonPreset = (name: string): HttpPreset | null =>
  jsonPresets.find((preset) => preset.name === name) ?? null;
