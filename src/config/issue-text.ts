// What a schema found wrong, in one line.

import type * as z from "zod";

/** `sources.0.url: is missing; logLevel: …` */
export function issueText(error: z.ZodError): string {
  return error.issues
    .map((issue) => `${issue.path.length === 0 ? "" : `${issue.path.join(".")}: `}${issue.message}`)
    .join("; ");
}
