// Styles and marks only repeat what the words say, because pipes and screen readers get only the words.

import type { Span, Style } from "../../state/output/styled.ts";

const styled =
  (style: Style) =>
  (text: string): Span => ({ text, style });

export const strong: (text: string) => Span = styled("bold");
/** The style for text that the user can type: an id, a source, a command. */
export const nameStyle: (text: string) => Span = styled("cyan");
export const faint: (text: string) => Span = styled("dim");
export const goodStyle: (text: string) => Span = styled("green");
export const warningStyle: (text: string) => Span = styled("yellow");
export const errorStyle: (text: string) => Span = styled("red");

export const marks = {
  ok: goodStyle("✓ ok"),
  done: goodStyle("✓ done"),
  warning: warningStyle("! warning"),
  failed: errorStyle("✗ failed"),
} as const satisfies Record<string, Span>;

export const colorChoices = ["auto", "always", "never"] as const;

/** Overrides NO_COLOR and FORCE_COLOR, also for programs that a command starts. */
export function chooseColor(when: string): void {
  if (when === "auto") return;
  process.env["FORCE_COLOR"] = when === "always" ? "1" : "0";
}
