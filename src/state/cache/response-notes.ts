// Reads the saved notes of a source's response, besides its tasks.

import type { ResponseNotes } from "../../core/ports.ts";
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

export const readNotes: Reader<ResponseNotes> = shape(
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
