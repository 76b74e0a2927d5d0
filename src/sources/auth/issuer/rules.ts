// What differs between the issuer of a service account and that of a person: which addresses may be asked, where it
// describes itself, and what its refusals mean. All else is done in one way for both.

import type { LookupFunction } from "node:net";
import type { SourceError } from "../../../core/source-error.ts";

export interface IssuerRules {
  /** For messages: its address, or `team's identity provider`. */
  readonly who: string;
  /** Throws `source-failed` for an address that nothing may be sent to. */
  readonly requireReachable: (url: URL) => void;
  /** In place of the system's resolver, at the moment of connecting; null for that one. */
  readonly lookup: LookupFunction | null;
  readonly description: {
    /** Where to ask, in this order, until there is one. */
    readonly addressesOf: (issuer: URL) => readonly string[];
    /** True for an answer that means: no description here. */
    readonly isAbsent: (answer: Response) => boolean;
    /** What must be an address if it is there at all. */
    readonly endpoints: readonly string[];
    /** How to go on where it is not believed. */
    readonly hint: string;
  };
  /** Error codes of OAuth that only a person can mend. */
  readonly refusals: ReadonlySet<string>;
  /** `source-refused`, for one of `refusals`. */
  readonly refused: (code: string) => SourceError;
  /** `source-refused`, for HTTP 401 with a challenge. */
  readonly challenged: () => SourceError;
}
