import { existsSync } from "node:fs";
import type { Environment, StateFiles } from "./folders.ts";
import { readProjectsOff } from "./installation.ts";

const texts = {
  everywhere: { text: "Sitrep is off everywhere", wayOut: "sitrep on" },
  project: { text: "Sitrep is off here", wayOut: "sitrep on --project ." },
  variable: { text: "Sitrep is off (SITREP_OFF=1)", wayOut: "unset SITREP_OFF" },
  setting: { text: "Sitrep is off here (config.json)", wayOut: 'remove "off" from config.json' },
};

export interface OffSwitch {
  kind: keyof typeof texts;
  text: string;
  wayOut: string;
}

export function activeOffSwitches(
  files: Pick<StateFiles, "off" | "projectsOff">,
  env: Environment,
  project: string,
  isOffBySetting = false,
): OffSwitch[] {
  const is = {
    everywhere: existsSync(files.off),
    project: readProjectsOff(files.projectsOff).includes(project),
    variable: env["SITREP_OFF"] === "1",
    setting: isOffBySetting,
  };
  const kinds = Object.keys(texts) as OffSwitch["kind"][];
  return kinds.filter((kind) => is[kind]).map((kind) => ({ kind, ...texts[kind] }));
}

/** `Sitrep is off everywhere; to turn it on: sitrep on`. */
export const offText = ({ text, wayOut }: OffSwitch): string => `${text}; to turn it on: ${wayOut}`;
