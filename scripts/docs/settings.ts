// Writes docs/settings.md and docs/settings.schema.json from the schema of config.json. Run it with `npm run docs`.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { settingVariables } from "../../src/config/config-file.ts";
import { Config } from "../../src/config/schema.ts";

/** The part of JSON Schema that our schema uses. */
interface Schema {
  type?: string;
  description?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  additionalProperties?: Schema | boolean;
  anyOf?: Schema[];
  oneOf?: Schema[];
  enum?: string[];
  const?: string;
  default?: unknown;
  minimum?: number;
  maximum?: number;
}

const schema = z.toJSONSchema(Config, { io: "input" }) as Schema;
const defaults = Config.parse({}) as unknown as Record<string, unknown>;

/** The schema as a file for editors. */
export function schemaFile(): string {
  const titled = { title: "Sitrep's config.json", ...schema };
  return `${JSON.stringify(titled, null, 2)}\n`;
}

const cell = (text: string): string => text.replaceAll("|", "\\|");
const row = (cells: readonly string[]): string => `| ${cells.map(cell).join(" | ")} |`;
const table = (head: readonly string[], rows: readonly string[][]): string =>
  [row(head), row(head.map(() => "---")), ...rows.map(row)].join("\n");

const grouped = (number: number): string => number.toLocaleString("en-GB");

/** The values of a setting, in words. */
function kindOf(one: Schema): string {
  if (one.enum !== undefined) return one.enum.map((value) => `\`${value}\``).join(", ");
  if (one.type === "array") {
    const item = one.items ?? {};
    return item.enum === undefined ? `a list of ${item.type ?? "object"}s` : `of ${kindOf(item)}`;
  }
  if (one.type === "object") return "an object";
  if (one.type === "string") return "text";
  if (one.type === "boolean") return "`true`, `false`";
  if (one.minimum === undefined || one.maximum === undefined) return one.type ?? "an object";
  return `${grouped(one.minimum)} to ${grouped(one.maximum)}`;
}

const variableOf = (path: string): string =>
  path === "allowInsecureHosts"
    ? "`SITREP_ALLOW_INSECURE_HOSTS`"
    : Object.entries(settingVariables)
        .filter(([, setting]) => setting.path === path)
        .map(([name]) => `\`${name}\``)
        .join(", ");

function defaultAt(path: readonly string[]): string {
  let value: unknown = defaults;
  for (const key of path) value = (value as Record<string, unknown> | undefined)?.[key];
  return value === undefined || JSON.stringify(value) === "{}" || JSON.stringify(value) === "[]"
    ? ""
    : `\`${JSON.stringify(value).replaceAll(",", ", ")}\``;
}

/** A row for each setting that is not a group of settings. */
function rowsOf(of: Schema, path: readonly string[]): string[][] {
  return Object.entries(of.properties ?? {}).flatMap(([key, one]) => {
    const here = [...path, key];
    if (one.properties !== undefined) return rowsOf(one, here);
    const name = here.join(".");
    const meaning = one.description ?? "";
    return [[`\`${name}\``, meaning, kindOf(one), defaultAt(here), variableOf(name)]];
  });
}

const settingsTable = (): string =>
  table(["setting", "meaning", "values", "default", "variable"], rowsOf(schema, []));

/** A table of an object's properties, except those in `but`. */
function propertiesTable(of: Schema, but: readonly string[] = []): string {
  const rows = Object.entries(of.properties ?? {})
    .filter(([key]) => !but.includes(key))
    .map(([key, one]) => [`\`${key}\``, one.description ?? "", kindOf(one)]);
  return table(["property", "meaning", "values"], rows);
}

const source: Schema = schema.properties?.["sources"]?.items ?? {};
const auth: Schema = source.properties?.["auth"] ?? {};

function authTables(): string {
  const words: Record<string, string> = {
    oidc: "a service account",
    login: "a person, `sitrep login`",
    bearer: "a token or key, as a bearer token",
    header: "a token or key, in a header",
    basic: "a token as the password of a user (HTTP Basic)",
  };
  return (auth.oneOf ?? auth.anyOf ?? [])
    .map((one) => {
      const type = one.properties?.["type"]?.const ?? "";
      return `\`"type": "${type}"\`: ${words[type] ?? ""}\n\n${propertiesTable(one, ["type"])}`;
    })
    .join("\n\n");
}

/** The rows of the page that lack a description. */
export function undescribed(): string[] {
  const tables = settingsPage()
    .split("\n")
    .filter((line) => line.startsWith("| `"));
  return tables.filter((line) => /^\| `[^`]+` \|\s*\|/.test(line));
}

const example = {
  brief: { maxCharacters: 2000, maxTasks: 8, style: "compact" },
  news: { session: false },
  guards: { commit: true, protectedBranches: ["main", "release"] },
  projects: { "/home/ana/shop-api": { brief: { style: "plain" }, guards: { commit: false } } },
  tasks: { freshSeconds: 600 },
  refresh: { schedule: "*/10 * * * *" },
};

/** The page. */
export function settingsPage(): string {
  return `<!-- Written by scripts/docs/settings.ts from src/config/schema.ts: \`npm run docs\`. Do not edit. -->

# Settings

All settings are optional. They are in \`config.json\`: on Linux \`~/.config/sitrep/config.json\`, on macOS
\`~/Library/Application Support/sitrep/config.json\`, and with \`SITREP_HOME\` directly below it. The monitor notices a change within seconds. A mistake
makes your next command fail with an error that names the file and the setting. Hooks keep working.

\`\`\`json
${JSON.stringify(example, null, 2)}
\`\`\`

Editors check and complete the file with [settings.schema.json](settings.schema.json): put that file's path into \`"$schema"\`, or into your editor's
settings.

## All settings

${settingsTable()}

A variable overrides the file. Commands read variables, and \`sitrep install\` keeps them for the monitor. Hooks read only \`SITREP_OFF=1\`, which silences
a session.

\`projects\` has the settings \`off\`, \`brief\`, \`news\` and \`guards\` of single projects, by the path of the main worktree. For settings that are not there,
the general ones apply.

## Guards

Guards are off by default. After you switch one on, run \`sitrep install\` again. Claude Code then asks you before a commit on a protected branch
(\`commit\`), a push that may overwrite commits (\`forcePush\`), a push to an upstream with commits that the branch lacks (\`movedUpstream\`), or an
edit of a file that is unmerged or that another live session changed (\`edit\`). A guard can only ask, never allow. It reads a command as it is
written, so it is a reminder and not a security boundary. If nobody can answer (\`claude -p\`), the call is not made.

## A source

An element of \`sources\`, in config.json or in a project's \`.sitrep.json\`. See [sources.md](sources.md).

${propertiesTable(source)}

### A mapping

\`list\` is required; \`next\`, \`get\`, \`search\`, \`create\` and \`update\` have the same form. \`list\` may also have \`items\` and \`each\`, for two levels. A
mapping may also have \`statusWords\`, an object with the server's words for our statuses.

${propertiesTable(source.properties?.["mapping"]?.properties?.["get"] ?? {})}

### Signing in

The forms of \`auth\`. A secret is a reference: \`\${env:NAME}\`, \`\${file:/path}\` or \`\${keychain:NAME}\`. See [sign-in.md](sign-in.md).

${authTables()}
`;
}

if (import.meta.main) {
  const docs = join(import.meta.dirname, "../../docs");
  writeFileSync(join(docs, "settings.md"), settingsPage());
  writeFileSync(join(docs, "settings.schema.json"), schemaFile());
}
