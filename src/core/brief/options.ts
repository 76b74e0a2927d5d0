// A style sets marks and the form of a line, never what is said.

import { listOf, oneOf, readBoolean, shape, within } from "../read.ts";

export const briefStyles = ["plain", "compact", "markdown"] as const;
export type BriefStyle = (typeof briefStyles)[number];

export interface BriefMarkup {
  heading: (date: string) => string;
  labeled: (label: string, rest: string) => string;
  item: (text: string) => string;
  hasDescription: boolean;
}

/** One space indents a line; a second one would cost a token in each. */
export const plainMarkup: BriefMarkup = {
  heading: (date) => `Sitrep ${date}.`,
  labeled: (label, rest) => `${label}: ${rest}`,
  item: (text) => ` ${text}`,
  hasDescription: true,
};

const styles: Record<BriefStyle, BriefMarkup> = {
  plain: plainMarkup,
  compact: {
    ...plainMarkup,
    item: (text) => `- ${text}`,
    hasDescription: false,
  },
  markdown: {
    ...plainMarkup,
    heading: (date) => `**Sitrep** ${date}.`,
    labeled: (label, rest) => `**${label}:** ${rest}`,
    item: (text) => `- ${text}`,
  },
};

export const findMarkup = (name: BriefStyle): BriefMarkup => styles[name];

/** In their usual order. The age of the tasks is always in the heading. */
export const briefSections = ["next", "tasks", "git", "sessions", "handoff", "since"] as const;
export type BriefSection = (typeof briefSections)[number];

/** Characters are UTF-16 units, as Claude Code counts them. */
export interface BriefOptions {
  maxCharacters: number;
  maxTasks: number;
  sections: readonly BriefSection[];
  style: BriefStyle;
  /** Cached tasks of a failing source are not listed (`FALLBACK_STRATEGY=skip`). Not a setting of its own. */
  hidesCached?: boolean;
}

export const defaultBriefOptions: BriefOptions = {
  maxCharacters: 2000,
  maxTasks: 5,
  sections: briefSections,
  style: "plain",
};

/** Room for the heading, the note on quotes, and the next task. */
export const shortestBrief = 300;

/** Claude Code shows only a preview of anything longer than 10,000. */
export const maxBriefLength = 9500;

export const maxListedTasks = 50;

const readGiven = shape(
  {},
  {
    maxCharacters: within(shortestBrief, maxBriefLength),
    maxTasks: within(0, maxListedTasks),
    sections: listOf(oneOf(briefSections)),
    style: oneOf(briefStyles),
    hidesCached: readBoolean,
  },
);

/** The options in a cache entry, with defaults from `otherwise`; a number out of range becomes the nearest in range. */
export const readBriefOptions = (value: unknown, otherwise: BriefOptions): BriefOptions => ({
  ...otherwise,
  ...readGiven(value),
});
