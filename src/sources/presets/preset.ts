// A preset: what is known of one kind of server, so that nobody has to write its mapping.

import type { Mapping } from "../mapping/mapping.ts";

export interface Preset {
  name: string;
  /** The server, as people call it. */
  title: string;
  /** Tools by which such a server is recognised: it has all of them. */
  tools: readonly string[];
  /** Parts of an address or a command by which such a server is guessed before anybody asks it. */
  signs: readonly string[];
  /** What can be set below `with`, and what each is; `owner` and `repo` default to those of the git remote. */
  settings: Readonly<Record<string, string>>;
  /** Values of settings that are not set. */
  defaults: Readonly<Record<string, string>>;
  mapping: Mapping;
}
