// Text in settings: not empty, and not without end.

import * as z from "zod";

export const SettingText: z.ZodString = z.string().min(1).max(10_000);
