import { join } from "node:path";
import { readSmallFile } from "../state/files/read-small-file.ts";
import type { Environment } from "./folders.ts";

const userSection = /^[ \t]*\[user\]([^[]*)/gim;
const userValue = /^[ \t]*(?:name|email)[ \t]*=[ \t]*"?([^"\n]*?)"?[ \t\r]*$/gim;
const forgeAddress = /^\d+\+([^@]+)@users\.noreply\./i;

export function gitIdentity(home: string, env: Environment): string[] {
  const xdg = env["XDG_CONFIG_HOME"] || join(home, ".config");
  const values = [join(xdg, "git/config"), join(home, ".gitconfig")]
    .map((file) => readSmallFile(file, 65_536) ?? "")
    .flatMap((text) => [...text.matchAll(userSection)])
    .flatMap(([, section = ""]) => [...section.matchAll(userValue)])
    .map(([, value = ""]) => value.trim())
    .filter((value) => value !== "");
  return values.flatMap((value) => [value, ...(forgeAddress.exec(value)?.slice(1) ?? [])]);
}
