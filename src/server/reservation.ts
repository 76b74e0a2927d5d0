// How long reserved ids are kept for whoever reserved them.

import type { Environment } from "../config/folders.ts";
import { SitrepError } from "../core/errors.ts";
import { dayMs } from "./backends/store-parts.ts";

const variable = "SITREP_RESERVATION_HOURS";
const hourMs = dayMs / 24;
const mostHours = 366 * 24;

/** Milliseconds, a day where nothing is set. Throws `config-invalid`. */
export function reservationMs(env: Environment): number {
  const given = env[variable]?.trim() ?? "";
  if (given === "") return dayMs;
  const hours = Number(given);
  if (hours > 0 && hours <= mostHours) return hours * hourMs;
  const what = `must be a number of hours, more than 0 and at most ${mostHours}`;
  throw new SitrepError("config-invalid", `${variable} ${what}.`);
}
