// Options that commands share, and the project that they name. This file does not import commander.

import type { ProjectScope } from "../../core/ports.ts";
import { locateProject, type CommandContext } from "../../config/context.ts";
import type { Located } from "../../git/repository.ts";
import type { JsonOption } from "../terminal/terminal.ts";

export type Run<Args extends readonly unknown[] = [], Options = ProjectOptions> = (
  context: CommandContext,
  ...args: [...Args, options: Options]
) => Promise<void>;

export const previewEvents = [
  "session-start",
  "subagent-start",
  "pre-tool-use",
  "user-prompt-submit",
] as const;
export type PreviewEvent = (typeof previewEvents)[number];

export const many = (value: string, before: string[] = []): string[] => [...before, value];

export interface ProjectOptions extends JsonOption {
  project?: string;
}

export const createScope = ({
  project,
  projectName,
  worktree,
  branch,
}: Located): Required<ProjectScope> => ({
  path: project,
  name: projectName,
  branch,
  trees: [worktree],
});

export const locateScope = (
  context: CommandContext,
  options: ProjectOptions,
): Required<ProjectScope> => createScope(locateProject(context, options.project));
