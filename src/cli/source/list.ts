// `sitrep source list`: a project's sources in order, and how Sitrep signs in to each.

import { cleanText } from "../../core/quote.ts";
import { listWithSignIns, type ListedWithSignIn } from "./lookup.ts";
import { inertFile } from "../trust.ts";
import { writingOf } from "./writing.ts";
import { locateScope, type Run } from "../program/verb-context.ts";
import { signInText } from "../sign-in/signed-in-as.ts";
import { nameStyle } from "../terminal/styles.ts";
import { table } from "../terminal/table.ts";
import { printResult, printNotice, screenWidth } from "../terminal/terminal.ts";

function signInOf({ config, signIn }: ListedWithSignIn): string {
  if (signIn !== null) return signInText(signIn, Date.now());
  const { auth } = config;
  if (auth?.type === "login") return "not signed in";
  return auth?.secret ? `secret ${auth.secret}` : "";
}

export const runListSources: Run = async (context, options) => {
  const scope = locateScope(context, options);
  const listed = await listWithSignIns(context, scope);
  const inert = inertFile(context, scope);
  if (inert !== null) printNotice(`sitrep: ${cleanText(inert, 300)}`);
  const writing = await writingOf(context, scope);
  const rows = listed.map((one) => {
    const { name, type, url, command, preset, kind, path, enabled, fallback } = one.config;
    const program = command === undefined ? "" : [command, ...one.config.args].join(" ");
    const place = url ?? path ?? program;
    const words = [
      type === "json" && preset !== undefined ? `${preset} API` : (preset ?? kind ?? type),
      place,
      signInOf(one),
      writing.get(name)?.words ?? "",
      fallback ? "fallback" : "",
      enabled ? "" : "disabled",
      `from ${one.from}`,
    ];
    return [nameStyle(name), words.filter((word) => word !== "").join(" · ")];
  });
  const lines = table(rows, { width: screenWidth(), overflow: "wrap" });
  const value = listed.map(({ config, from, signIn }) => {
    const { words: _, ...writes } = writing.get(config.name) ?? { words: "" };
    return { ...config, from, signIn, writes };
  });
  printResult(options, value, lines);
};
