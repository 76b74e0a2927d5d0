// All kinds of task lists in files, in the order in which a repository is searched.

import { SitrepError } from "../../core/errors.ts";
import { backlogMd } from "./backlog-md.ts";
import { beads } from "./beads.ts";
import { bmad } from "./bmad.ts";
import { gsd } from "./gsd.ts";
import type { FileKind } from "./kind.ts";
import { kiro } from "./kiro.ts";
import { openSpec } from "./openspec.ts";
import { specKit } from "./spec-kit.ts";
import { taskmaster } from "./taskmaster.ts";
import { markdownList, taskPlan, todoMd } from "./todo-md.ts";

export const fileKinds: readonly FileKind[] = [
  beads,
  backlogMd,
  taskmaster,
  specKit,
  openSpec,
  kiro,
  gsd,
  bmad,
  taskPlan,
  todoMd,
  markdownList,
];

/** Throws `config-invalid` for an unknown kind. */
export function kindNamed(name: string): FileKind {
  const kind = fileKinds.find((one) => one.name === name);
  if (kind !== undefined) return kind;
  throw new SitrepError("config-invalid", `"${name}" is not a known kind of task file.`, {
    hint: `Kinds: ${fileKinds.map((one) => one.name).join(", ")}.`,
  });
}
