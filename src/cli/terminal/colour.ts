// `--color`. It goes before the variables NO_COLOR and FORCE_COLOR, which programs that a command starts obey too.

export const colourChoices = ["auto", "always", "never"] as const;

/** For this process. */
export function chooseColour(when: string): void {
  if (when === "auto") return;
  process.env["FORCE_COLOR"] = when === "always" ? "1" : "0";
}
