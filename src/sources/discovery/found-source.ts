// A possible source of a project, as it is offered to a person.

import type { Environment } from "../../config/folders.ts";
import type { SourceConfig } from "../../config/source-config.ts";
import type { Task } from "../../core/task/task.ts";

/** Arguments of `sitrep source add`: a name, options by their long names, and a program. */
export interface Addition {
  readonly name: string;
  readonly options: Readonly<Record<string, string | true | readonly string[]>>;
  readonly command: readonly string[];
}

export interface FoundSource {
  readonly kind: "file" | "program" | "tracker" | "server";
  /** As people call it: `TODO.md`, `GitHub issues of acme/shop-api`. Clean. */
  readonly what: string;
  /** Its open tasks; null where they were not read. */
  readonly open: readonly Task[] | null;
  /** The number of a file's open boxes that are not current tasks. */
  readonly aside: number;
  /** Why a file cannot be read, with its path. Clean. */
  readonly failure: string | null;
  /** What adding it does, worded to follow "this"; null if nothing is run or contacted. */
  readonly consent: string | null;
  /** Null if a person has to fill something in first. */
  readonly source: Readonly<Record<string, unknown>> | null;
  readonly add: Addition | null;
}

export interface DiscoveryContext {
  /** The person's environment, for tokens, programs and Claude Code's configuration; the monitor has none. */
  readonly env: Environment;
  /** The project's sources. */
  readonly known: readonly SourceConfig[];
  /** The names of all sources, also of other projects. */
  readonly names: readonly string[];
}
