// The state of the view: what the user has chosen to see.

import type { Row } from "./rows.ts";

/** The question on the last line, about a task or for the filter, and the text typed so far. */
export interface Prompt {
  kind: "filter" | "block" | "done";
  id: string;
  name: string;
  text: string;
}

/** A text that fills the terminal. `top`: the first line shown. */
export interface Page {
  title: string;
  lines: readonly string[];
  top: number;
}

export interface Message {
  text: string;
  isBad: boolean;
}

export interface View {
  /** The selected row's key; `at` is its position in the list. */
  selected: string | null;
  at: number;
  /** The first of the scrolling lines that is shown. */
  top: number;
  isAll: boolean;
  filter: string;
  prompt: Prompt | null;
  page: Page | null;
  message: Message | null;
}

export const firstView: View = {
  selected: null,
  at: 0,
  top: 0,
  isAll: false,
  filter: "",
  prompt: null,
  page: null,
  message: null,
};

/** The selected row, or the one at its position if it disappeared. */
export const selectedRow = (order: readonly Row[], { selected, at }: View): Row | null =>
  order.find(({ key }) => key === selected) ?? order[Math.min(at, order.length - 1)] ?? null;
