// What may be written down at a session's end: masked, cleaned, and within 2 KB. Not for hooks.

import { cutStart, type Handoff, type HandoffNote } from "./handoff.ts";
import { cleanText } from "../quote.ts";
import { failedText, maskKnownSecrets } from "../secrets/known-secrets.ts";
import { isSecretFile } from "../secrets/secret-text.ts";
import type { TranscriptEnd } from "./transcript.ts";

/** A session's part and a branch's notes are kept apart: 2 KB together. */
const maxBytes = { session: 1280, notes: 768 };
export const maxNoteLength = 300;
/** Text is masked before it is cut, so that no cut leaves part of a secret; only this much of the end is read. */
const lookedAt = 16_384;

/** The end of a text. A cut drops the first word, which may be part of a secret. */
function lastOf(text: string): string {
  const end = text.slice(-lookedAt);
  return end === text ? text : end.replace(/^\S*\s/, "");
}

/** `within`: a file's path from the working tree's root, or null. */
export function createHandoff(
  end: Omit<TranscriptEnd, "at">,
  within: (file: string) => string | null,
): Handoff {
  const said = maskKnownSecrets(lastOf(end.said)).replace(/\s+/g, " ");
  const paths = end.files.map(within).filter((path) => path !== null && !isSecretFile(path));
  return {
    said: cutStart(cleanText(said.slice(-1200), 1200), 600),
    failed: cleanText(failedText(end.failed.slice(0, lookedAt), end.exitCode ?? null), 200),
    files: paths.slice(0, 20).map((path) => cleanText(maskKnownSecrets(path ?? ""), 120)),
    notes: [],
  };
}

export const createNote = (kind: HandoffNote["kind"], text: string, at: number): HandoffNote => ({
  kind,
  text: cleanText(maskKnownSecrets(text), maxNoteLength),
  at,
});

function smaller(handoff: Handoff): Handoff {
  const { said, failed, files, notes, unfinished = [] } = handoff;
  if (files.length > 6) return { ...handoff, files: files.slice(0, -1) };
  if (said.length > 120) return { ...handoff, said: cutStart(said, said.length - 40) };
  if (unfinished.length > 1) return { ...handoff, unfinished: unfinished.slice(0, -1) };
  if (notes.length > 0) return { ...handoff, notes: notes.slice(1) };
  return { ...handoff, failed: cleanText(failed, 60), files: files.slice(0, -1) };
}

export function handoffJson(handoff: Handoff, part: keyof typeof maxBytes): string {
  const text = JSON.stringify(handoff);
  if (Buffer.byteLength(text) <= maxBytes[part]) return text;
  return handoffJson(smaller(handoff), part);
}
