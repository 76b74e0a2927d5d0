// Reads the saved notes of a source's answer, besides its tasks.

import type { AnswerNotes } from "../../core/ports.ts";
import {
  listOf,
  oneOf,
  orElse,
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
    isNextOnly: orElse(readBoolean, false),
    context: orNull(readString),
    unreadable: orElse(readNumber, 0),
    isCut: orElse(readBoolean, false),
    me: readStrings,
    signedIn: readStrings,
    blockers: orElse(recordOf(oneOf(["open", "unknown"])), {}),
  },
  { aside: listOf(readAside), writtenAt: readNumber },
);
