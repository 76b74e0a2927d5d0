// Reads back what a source's answer said beside its tasks.

import type { AnswerNotes } from "../../core/ports.ts";
import {
  listOf,
  oneOf,
  or,
  orNull,
  readBoolean,
  readNumber,
  readString,
  readStrings,
  recordOf,
  shape,
  type Reader,
} from "../../core/read.ts";

const readAside = shape({ count: readNumber, place: readString, changedAt: readNumber });

export const readNotes: Reader<AnswerNotes> = shape(
  {
    total: orNull(readNumber),
    isNextOnly: or(readBoolean, false),
    context: orNull(readString),
    unreadable: or(readNumber, 0),
    isCut: or(readBoolean, false),
    me: readStrings,
    signedIn: readStrings,
    blockers: or(recordOf(oneOf(["open", "unknown"])), {}),
  },
  { aside: listOf(readAside), writtenAt: readNumber },
);
