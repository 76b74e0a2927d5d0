// The task lists in a working tree's files as sources to offer.

import type { SourceConfig } from "../../config/source-config.ts";
import { messageOf } from "../../core/errors.ts";
import type { ProjectScope } from "../../core/ports.ts";
import { cleanText } from "../../core/quote.ts";
import type { FoundTaskFile } from "../files/find.ts";
import { findOutside } from "../locate-program.ts";
import type { DiscoveryContext, FoundSource } from "./found-source.ts";

const sameProject = (scope: ProjectScope) => ({ projects: [scope.path] });
const fileNames: Readonly<Record<string, string>> = { "todo.md": "todo", "backlog.md": "backlog" };

function fileSource(found: FoundTaskFile, scope: ProjectScope): FoundSource {
  const { kind, path, label, open, aside, failure } = found;
  const name = fileNames[kind] ?? kind;
  const [shown, title] = [cleanText(path, 100), path.split("/").at(-1)?.toLowerCase()];
  return {
    kind: "file",
    what: title === label.toLowerCase() || path === label ? shown : `${shown} (${label})`,
    open,
    aside,
    failure: failure === null ? null : cleanText(messageOf(failure), 300),
    consent: null,
    source: { name, type: "file", kind, path, ...sameProject(scope) },
    add: { name, options: { file: `${kind}:${path}` }, command: [] },
  };
}

/** The program, outside the repository, that has issues which its export may lack. */
function programSource(found: FoundTaskFile, scope: ProjectScope, program: string): FoundSource {
  const { add, source, ...rest } = fileSource(found, scope);
  return {
    ...rest,
    kind: "program",
    what: `${found.label} issues in ${cleanText(found.path, 100)}`,
    open: null,
    failure: null,
    consent: `runs ${cleanText(program, 200)} at each refresh`,
    source: source && { ...source, command: program },
    add: add && { ...add, command: [program] },
  };
}

const isFileSource = ({ kind, path }: FoundTaskFile, one: SourceConfig): boolean =>
  one.type === "file" && one.kind === kind && one.path === path;

/** Empty if a source already has the list. If there is a program, it is offered instead of its export. */
export function fileSources(
  found: FoundTaskFile,
  scope: ProjectScope,
  { env, known }: DiscoveryContext,
): FoundSource[] {
  if (known.some((source) => isFileSource(found, source))) return [];
  const program =
    found.kind === "beads" ? findOutside("bd", env["PATH"] ?? "", scope.path) : undefined;
  return [program === undefined ? fileSource(found, scope) : programSource(found, scope, program)];
}
