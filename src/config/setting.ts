// The kinds of settings, each with a description. docs/settings.md is generated from them.

import * as z from "zod";

export const flag = (meaning: string): z.ZodBoolean => z.boolean().describe(meaning);

export const number = (least: number, most: number, meaning: string): z.ZodNumber =>
  z.number().min(least).max(most).describe(meaning);

export const whole = (least: number, most: number, meaning: string): z.ZodNumber =>
  number(least, most, meaning).int();

export const Text: z.ZodString = z.string().min(1).max(10_000);

export const optionalText = (meaning: string): z.ZodExactOptional<z.ZodString> =>
  Text.exactOptional().describe(meaning);
