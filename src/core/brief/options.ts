// The settings of a brief: how long it may be, what it holds in which order, and in which of three styles it is
// written. A style sets signs and the form of a line, never what is said.

import { listOf, oneOf, readBoolean, shape, within } from "../read.ts";

export const briefStyles = ["plain", "compact", "markdown"] as const;
export type BriefStyle = (typeof briefStyles)[number];

export interface Style {
  name: BriefStyle;
  heading: (date: string) => string;
  /** A line that opens with what it is about: `Next: …`. */
  labelled: (label: string, rest: string) => string;
  /** One entry of a list. */
  item: (text: string) => string;
  /** What belongs to the line above. */
  detail: (text: string) => string;
  /** True when the next task's description is part of the brief. */
  hasDescription: boolean;
}

/** One space sets a line in; a second one would cost a token for each line. */
export const plainStyle: Style = {
  name: "plain",
  heading: (date) => `Sitrep ${date}.`,
  labelled: (label, rest) => `${label}: ${rest}`,
  item: (text) => ` ${text}`,
  detail: (text) => ` ${text}`,
  hasDescription: true,
};

const styles: Record<BriefStyle, Style> = {
  plain: plainStyle,
  compact: {
    ...plainStyle,
    name: "compact",
    item: (text) => `- ${text}`,
    hasDescription: false,
  },
  markdown: {
    ...plainStyle,
    name: "markdown",
    heading: (date) => `**Sitrep** ${date}.`,
    labelled: (label, rest) => `**${label}:** ${rest}`,
    item: (text) => `- ${text}`,
  },
};

export const styleOf = (name: BriefStyle): Style => styles[name];

/**
 * In their usual order. `next` has the next task's description and criteria with it, `tasks` the counts, `handoff` what a session left. `freshness` is
 * taken for the sake of older settings: how old the tasks are stands below the heading always.
 */
export const briefSections = [
  "next",
  "tasks",
  "git",
  "sessions",
  "handoff",
  "since",
  "freshness",
] as const;
export type BriefSection = (typeof briefSections)[number];

/** Characters are UTF-16 units, as the client counts them. */
export interface BriefOptions {
  maxCharacters: number;
  /** Tasks listed beside the next one. */
  maxTasks: number;
  /** What the brief holds, in this order. */
  sections: readonly BriefSection[];
  style: BriefStyle;
  /** What is cached of a source that fails is not listed (`FALLBACK_STRATEGY=skip`). Not a setting of its own. */
  hidesCached?: boolean;
}

export const defaultBriefOptions: BriefOptions = {
  maxCharacters: 2000,
  maxTasks: 5,
  sections: briefSections,
  style: "plain",
};

/** Room for the heading, what the quotes mean, and the next task. */
export const shortestBrief = 300;

/** The client shows only a preview of anything longer than 10,000. */
export const longestBrief = 9500;

export const mostListedTasks = 50;

/** The sections that are written, each once. */
export const sectionsOf = ({
  sections,
}: Pick<BriefOptions, "sections">): Exclude<BriefSection, "freshness">[] =>
  [...new Set(sections)].filter((section) => section !== "freshness");

const readGiven = shape(
  {},
  {
    maxCharacters: within(shortestBrief, longestBrief),
    maxTasks: within(0, mostListedTasks),
    sections: listOf(oneOf(briefSections)),
    style: oneOf(briefStyles),
    hidesCached: readBoolean,
  },
);

/** The options out of a cache entry, over those in force otherwise; a number out of range becomes the nearest in range. */
export const readBriefOptions = (value: unknown, otherwise: BriefOptions): BriefOptions => ({
  ...otherwise,
  ...readGiven(value),
});
