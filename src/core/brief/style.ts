// The three ways in which a brief can be written. A style sets signs and the form of a line, never what is said.

export const briefStyles = ["plain", "compact", "markdown"] as const;
export type BriefStyle = (typeof briefStyles)[number];

export interface Style {
  name: BriefStyle;
  heading: (project: string, date: string) => string;
  /** A line that opens with what it is about: `Next: …`. */
  labelled: (label: string, rest: string) => string;
  /** One entry of a list. */
  item: (text: string) => string;
  /** What belongs to the line above. */
  detail: (text: string) => string;
  /** Between the parts of a line. */
  separator: string;
  /** Before the number of commits that this branch has and its upstream has not, and the other way round. */
  ahead: string;
  behind: string;
  /** Where the text comes from, said before what the markers mean; empty for nothing. */
  origin: string;
  /** True when the next task's description is part of the brief. */
  hasDescription: boolean;
}

const origin = "Facts from the task server and git, gathered for this session.";

export const plainStyle: Style = {
  name: "plain",
  heading: (project, date) => `# Sitrep · ${project} · ${date}`,
  labelled: (label, rest) => `${label}: ${rest}`,
  item: (text) => `  ${text}`,
  detail: (text) => `  ${text}`,
  separator: " · ",
  ahead: "↑",
  behind: "↓",
  origin,
  hasDescription: true,
};

const styles: Record<BriefStyle, Style> = {
  plain: plainStyle,
  compact: {
    ...plainStyle,
    name: "compact",
    heading: (project, date) => `Sitrep ${project}, ${date}`,
    item: (text) => `- ${text}`,
    separator: "; ",
    ahead: "+",
    behind: "-",
    origin: "",
    hasDescription: false,
  },
  markdown: {
    ...plainStyle,
    name: "markdown",
    labelled: (label, rest) => `**${label}:** ${rest}`,
    item: (text) => `- ${text}`,
  },
};

export const styleOf = (name: BriefStyle): Style => styles[name];
