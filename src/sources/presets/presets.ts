import { backlogMd } from "./backlog-md.ts";
import { beads } from "./beads.ts";
import { fourgenthub } from "./fourgenthub.ts";
import { github } from "./github.ts";
import { jiraAtlassian, jiraSooperset } from "./jira.ts";
import { kazuph } from "./kazuph.ts";
import { linear } from "./linear.ts";
import type { Preset } from "../../core/mapping/mapping.ts";
import { taskmaster } from "./taskmaster.ts";

export const presets: readonly Preset[] = [
  github,
  linear,
  jiraAtlassian,
  jiraSooperset,
  beads,
  taskmaster,
  backlogMd,
  kazuph,
  fourgenthub,
];

export const findPreset = (name: string): Preset | null =>
  presets.find((preset) => preset.name === name) ?? null;

/** The preset for a server with these tools: the one with the most tools, or null. */
export function presetForTools(tools: readonly string[]): Preset | null {
  const known = new Set(tools);
  const fitting = presets.filter((preset) => preset.tools.every((tool) => known.has(tool)));
  return fitting.toSorted((a, b) => b.tools.length - a.tools.length)[0] ?? null;
}

/** The preset that an address or a command line suggests, or null. Contacts nothing. */
export function presetForAddress(place: string): Preset | null {
  const text = place.toLowerCase();
  return presets.find((preset) => preset.signs.some((sign) => text.includes(sign))) ?? null;
}
