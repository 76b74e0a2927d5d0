// What mappings of answers come to, and what is known of a kind of server.

import type { Mapping } from "../../core/mapping.ts";

/** More tasks than that are not read; the total shows it. */
export const mostTasks = 5000;

/** What a mapping finds in one answer. */
export interface MappedAnswer {
  /** Objects with fields such as `id` and `title`, as `taskFromRaw` reads them. */
  raw: readonly unknown[];
  /** Null where the server does not say. */
  total: number | null;
  cursor: string | number | null;
  /** What `items` selects; empty without it. */
  items: readonly unknown[];
}

/** What is known of one kind of server, so that nobody has to write its mapping. */
export interface Preset {
  name: string;
  /** The server, as people call it. */
  title: string;
  /** Tools by which such a server is recognised: it has all of them. */
  tools: readonly string[];
  /** Parts of an address or a command by which such a server is guessed before anybody asks it. */
  signs: readonly string[];
  /** What can be set below `with`, and what each is; `owner` and `repo` default to those of the git remote. */
  settings?: Readonly<Record<string, string>>;
  /** Values of settings that are not set. */
  defaults?: Readonly<Record<string, string>>;
  mapping: Mapping;
}
