// What is switched off, in words: everywhere, in this project, by a variable or by a setting.

import { existsSync } from "node:fs";
import type { StateFiles } from "./folders.ts";
import { readProjectsOff } from "./installation.ts";

export interface Off {
  kind: "everywhere" | "project" | "variable" | "setting";
  text: string;
  /** How it is on again. */
  wayOut: string;
}

const everywhere: Off = {
  kind: "everywhere",
  text: "Sitrep is off everywhere",
  wayOut: "sitrep on",
};
const here: Off = {
  kind: "project",
  text: "Sitrep is off here",
  wayOut: "sitrep on --project .",
};
const variable: Off = {
  kind: "variable",
  text: "Sitrep is off by SITREP_OFF=1",
  wayOut: "unset SITREP_OFF",
};
const setting: Off = {
  kind: "setting",
  text: "Sitrep is off here by config.json",
  wayOut: 'take "off" out of config.json',
};

/** Each thing that silences the hooks in a project (its main worktree); empty where they speak. */
export function whatIsOff(
  files: Pick<StateFiles, "off" | "projectsOff">,
  env: Readonly<Record<string, string | undefined>>,
  project: string,
  isOffBySetting = false,
): Off[] {
  return [
    ...(existsSync(files.off) ? [everywhere] : []),
    ...(readProjectsOff(files.projectsOff).includes(project) ? [here] : []),
    ...(env["SITREP_OFF"] === "1" ? [variable] : []),
    ...(isOffBySetting ? [setting] : []),
  ];
}

/** `Sitrep is off everywhere; on again: sitrep on`. */
export const offText = ({ text, wayOut }: Off): string => `${text}; on again: ${wayOut}`;
