// A source that a project could have, as it is offered to a person.

import type { Environment } from "../../config/folders.ts";
import type { SourceConfig } from "../../config/source-config.ts";
import type { Task } from "../../core/task/task.ts";

/** What `sitrep source add` takes: a name, options by their long names, and a program. */
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
  /** How many open boxes of a file are not tasks of now. */
  readonly aside: number;
  /** Why a file cannot be read, with its path. Clean. */
  readonly failure: string | null;
  /** What adding it does, after "this"; null where nothing is run or contacted. */
  readonly consent: string | null;
  /** Null where a person has to fill something in first. */
  readonly source: Readonly<Record<string, unknown>> | null;
  readonly add: Addition | null;
}

export interface DiscoveryContext {
  /** Of the person, for tokens, programs and Claude Code's configuration; none in the monitor. */
  readonly env: Environment;
  /** The project's sources. */
  readonly known: readonly SourceConfig[];
  /** The names of all sources, also of other projects. */
  readonly names: readonly string[];
}
