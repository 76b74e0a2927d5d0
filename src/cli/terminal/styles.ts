// How the command line looks: what each style is for, and the marks. No style and no mark says what the words beside it do not
// say too: pipes, screen readers and terminals without colours give the words alone.

import type { Span, Style } from "../../state/output/styled.ts";

const styled =
  (style: Style) =>
  (text: string): Span => ({ text, style });

/** A heading, and what to do. */
export const strong: (text: string) => Span = styled("bold");
/** What can be typed: an id, a source, a command. */
export const name: (text: string) => Span = styled("cyan");
/** What only some look for. */
export const faint: (text: string) => Span = styled("dim");
export const good: (text: string) => Span = styled("green");
export const warning: (text: string) => Span = styled("yellow");
export const bad: (text: string) => Span = styled("red");

export const marks = {
  ok: good("✓ ok"),
  done: good("✓ done"),
  warning: warning("! warning"),
  failed: bad("✗ failed"),
} as const satisfies Record<string, Span>;
