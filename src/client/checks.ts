// What a program gives to the library is checked where it comes in: an error names the call, the option and what is wrong.

import * as z from "zod";
import { SitrepError } from "../core/errors.ts";
import { issueText } from "../core/read.ts";

/** Throws `code`, `config-invalid` unless it is given. */
export function check(
  call: string,
  schema: z.ZodType,
  value: unknown,
  code: "config-invalid" | "usage" = "config-invalid",
): void {
  const result = schema.safeParse(value);
  if (!result.success) throw new SitrepError(code, `${call}: ${issueText(result.error)}`);
}
