// Writes src/core/secrets/gitleaks-rules.json, the rules by which secrets of known forms are masked.
// Usage: node scripts/secret-rules.ts FILE COMMIT; FILE is config/gitleaks.toml of gitleaks (MIT) at COMMIT.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [, , file = "", commit = ""] = process.argv;

/** Converts Go's expression to JavaScript's. If a part of it ignores case, all of it does. */
function converted(source: string): { source: string; flags: string } | null {
  const flags = /\(\?i/.test(source) ? "gi" : "g";
  const text = source
    .replaceAll(/\(\?-?i\)/g, "")
    .replaceAll(/\(\?-?i:/g, "(?:")
    .replaceAll("(?P<", "(?<")
    .replaceAll("\\z", "$")
    .replaceAll("[:alnum:]", "A-Za-z0-9")
    .replaceAll("[:alpha:]", "A-Za-z");
  try {
    return { source: new RegExp(text, flags).source, flags };
  } catch {
    return null;
  }
}

const rules = readFileSync(file, "utf8")
  .split("[[rules]]")
  .slice(1)
  .flatMap((rule) => {
    const id = /^id = "([^"]+)"/m.exec(rule)?.[1] ?? "";
    const regex = converted(/^regex = '''([\s\S]*?)'''/m.exec(rule)?.[1] ?? "(");
    const list = /^keywords = \[([\s\S]*?)\]/m.exec(rule)?.[1] ?? "";
    const keywords = [...list.matchAll(/"([^"]*)"/g)].map(([, word = ""]) => word.toLowerCase());
    // Our own rules mask values that only their name makes likely to be keys.
    if (regex === null || keywords.length === 0 || id === "generic-api-key") return [];
    return [{ id, ...regex, keywords }];
  });

const value = {
  notice:
    "Rules of gitleaks (https://github.com/gitleaks/gitleaks), MIT License, Copyright (c) 2019 Zachary Rice.",
  commit,
  rules,
};
writeFileSync(
  join(import.meta.dirname, "../src/core/secrets/gitleaks-rules.json"),
  `${JSON.stringify(value)}\n`,
);
