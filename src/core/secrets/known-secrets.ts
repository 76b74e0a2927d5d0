// Masks secrets of known forms. Not for hooks: compiling the rules of gitleaks takes milliseconds.

import data from "./gitleaks-rules.json" with { type: "json" };
import { maskSecrets } from "./secret-text.ts";

interface Rule {
  keywords: readonly string[];
  form: RegExp;
}

let rules: readonly Rule[] | null = null;

/** Compiled once; a rule that this Node does not understand is left out. */
function compiled(): readonly Rule[] {
  rules ??= data.rules.flatMap(({ source, flags, keywords }) => {
    try {
      return [{ keywords, form: new RegExp(source, flags) }];
    } catch {
      return [];
    }
  });
  return rules;
}

/** Secrets identified by the word before them, in command lines and statements. The first group stays. */
const commandForms: readonly RegExp[] = [
  /(\b[A-Z0-9_]*(?:PASS|PASSWD|PASSWORD|PWD|SECRET|TOKEN|KEY|CREDENTIALS?)[A-Z0-9_]*=)(?:"[^"]*"|'[^']*'|\S+)/g,
  /(\bdocker\b[^|;&\n]{0,200}?\slogin\b[^|;&\n]{0,200}?\s(?:-p|--password)[ =]?)\S+/g,
  /(\bredis-cli\b[^|;&\n]{0,200}?\s(?:-a|--pass)[ =]?)\S+/g,
  /(\b(?:mysql|mysqldump|mariadb)\b[^|;&\n]{0,200}?\s-p)\S+/g,
  /(\bcurl\b[^|;&\n]{0,400}?\s(?:-b|--cookie)[ =]?)(?:"[^"]*"|'[^']*'|\S+)/g,
  /(\b(?:set-)?cookie["']?\s*[:=]\s*)[^"'\n]+/gi,
  /(\bAccountKey=)[^;\s"']+/gi,
  /(\b(?:password|identified\s+by)\s+)(?:'[^']*'|"[^"]*")/gi,
  /(\bhttps?:\/\/[^\s/"']*(?:hooks?|webhook)[^\s/"']*\/)[^\s"']+/gi,
  /(\bhttps?:\/\/[^\s"']*\/(?:api\/)?webhooks?\/)[^\s"']+/gi,
];

export function maskKnownSecrets(text: string): string {
  const ours = commandForms.reduce(
    (masked, form) => masked.replace(form, "$1[secret]"),
    maskSecrets(text),
  );
  const lower = ours.toLowerCase();
  return compiled()
    .filter(({ keywords }) => keywords.some((keyword) => lower.includes(keyword)))
    .reduce(
      (masked, { form }) =>
        masked.replace(form, (found: string, group: unknown) =>
          typeof group === "string" && group !== ""
            ? found.replaceAll(group, "[secret]")
            : "[secret]",
        ),
      ours,
    );
}

const harmless =
  /^(?:(?:npx|pnpm|yarn|bun|bunx|npm|npm run|npm exec|pnpm exec|poetry run|uv run|bundle exec|python3? -m) )?(?:vitest|jest|mocha|playwright|pytest|tox|go|cargo|make|just|tsc|eslint|oxlint|prettier|oxfmt|ruff|mypy|gradle|gradlew|mvn|dotnet|rspec|rake|phpunit|cmake|ctest|swift|flutter|dart|deno|test|run|build|lint|check|ci|install|git)(?: |$)/;
const plainWord = /^(?:[\w./:,+-][\w@./:,+-]{0,79}|"[\w ./:,+-]{0,60}"|'[\w ./:,+-]{0,60}')$/;
const doubtful = /token|secret|passw|login|publish|auth|credential|key|:\/\//i;

const isPlain = (step: string): boolean =>
  (/^cd [\w./-]+$/.test(step) || harmless.test(step)) &&
  (step.match(/"[^"]*"|'[^']*'|\S+/g) ?? []).every((one) => plainWord.test(one));

const isBefore = (one: string): boolean => /^(?:\w+=|sudo$|env$|time$|nohup$)/.test(one);

/** The whole of a well-known harmless command, else its program: `docker (exit 1)`. */
export function failedText(command: string, exitCode: string | null): string {
  if (command === "") return "";
  const steps = command.split(/ && |\n/).map((step) => step.trim());
  if (steps.every(isPlain) && !doubtful.test(command) && maskKnownSecrets(command) === command)
    return command.slice(0, 200);
  const words = (steps.at(-1) ?? "").split(/\s+/);
  const program = (words.find((one) => !isBefore(one)) ?? "").split("/").at(-1) ?? "";
  const name = /^[\w.-]{1,30}$/.test(program) && !doubtful.test(program) ? program : "a command";
  return `${name} (exit ${exitCode ?? "not 0"})`;
}
