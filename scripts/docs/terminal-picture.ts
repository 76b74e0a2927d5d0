// Draws docs/terminal.svg: a terminal in which the built product runs, in a home, a repository and a task store of its own.
// Run it after a build (`npm run docs`). What it prints is drawn as it is, colours apart.

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { plainGitEnvironment, repositoryAt } from "../../test/support/repository.ts";
import { builtFolder } from "../../test/support/built.ts";

/** What was typed, and each line of what was printed. */
export interface Screen {
  command: string;
  lines: string[];
}

/** A repository with a remote, on a task's branch, with work under way. */
function makeProject(folder: string): void {
  const { git, write, commit } = repositoryAt(folder);
  git("init", "-q", "-b", "main");
  git("init", "-q", "--bare", join(folder, "../origin.git"));
  git("remote", "add", "origin", join(folder, "../origin.git"));
  commit("README.md", "# Shop API\n", "Begin");
  git("checkout", "-q", "-b", "feature/TASK-003-oidc");
  commit("login.ts", "export {};\n", "Begin the login");
  git("push", "-q", "-u", "origin", "HEAD");
  commit("login.ts", "export const flow = 'code';\n", "Ask for a code");
  write("README.md", "# Shop API\n\nSigns in with OIDC.\n");
  write("callback.ts", "export {};\n");
  git("add", "callback.ts");
  write("notes.txt", "PKCE\n");
}

const tasks = [
  ["Rotate signing keys", "--priority", "high", "--due", "2027-01-15"],
  ["Upgrade the payment SDK", "--priority", "medium"],
  [
    "Add OIDC login",
    "--priority=high",
    "--description=Code flow with PKCE; the session cookie stays as it is.",
  ],
  ["Delete the old login page", "--priority", "low"],
] as const;

/** Runs the product and gives what `sitrep brief` prints: the text that a session would read. Everything made is removed. */
export function runProduct(): Screen {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "sitrep-picture-")));
  try {
    const project = join(root, "shop-api");
    mkdirSync(project);
    makeProject(project);
    const env = { ...plainGitEnvironment, HOME: root, SITREP_HOME: join(root, "home"), TZ: "UTC" };
    const sitrep = (...args: string[]): string =>
      execFileSync(process.execPath, [join(builtFolder, "cli.cjs"), ...args], {
        cwd: project,
        env,
        encoding: "utf8",
      });
    for (const task of tasks) sitrep("task", "add", ...task);
    sitrep("task", "start", "TASK-003");
    sitrep("task", "block", "TASK-004", "--by", "TASK-003");
    const lines = sitrep("brief").trimEnd().split("\n");
    return { command: "sitrep brief", lines };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

const escapeXml = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

const [characterWidth, lineHeight, left, top] = [7.4, 19, 18, 58];

/** One line of text, stretched to whole columns whatever font is at hand. */
function textAt(row: number, text: string, colour: string): string {
  const indent = text.length - text.trimStart().length;
  const shown = text.slice(indent);
  if (shown === "") return "";
  const x = (left + indent * characterWidth).toFixed(1);
  const width = (shown.length * characterWidth).toFixed(1);
  return `<text x="${x}" y="${top + row * lineHeight}" fill="${colour}" textLength="${width}" lengthAdjust="spacingAndGlyphs">${escapeXml(shown)}</text>`;
}

const colours = { ground: "#1b2129", frame: "#2b333e", text: "#d5dbe3", prompt: "#7ec699" };

/** The screen as an SVG of its own size. */
export function draw({ command, lines }: Screen): string {
  const columns = Math.max(...lines.map((line) => line.length));
  const width = Math.ceil(columns * characterWidth + 2 * left);
  const height = top + lines.length * lineHeight + 16;
  const dots = ["#e0685f", "#e0b45f", "#6fb56a"].map(
    (colour, at) => `<circle cx="${20 + at * 18}" cy="16" r="5.5" fill="${colour}"/>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="A terminal that shows what sitrep brief prints" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="12.3">`,
    `<rect width="${width}" height="${height}" rx="8" fill="${colours.ground}"/>`,
    `<path d="M0 32V8a8 8 0 0 1 8-8h${width - 16}a8 8 0 0 1 8 8v24z" fill="${colours.frame}"/>`,
    ...dots,
    textAt(0, `~/shop-api $ ${command}`, colours.prompt),
    ...lines.map((line, at) => textAt(at + 1, line, colours.text)).filter((text) => text !== ""),
    "</svg>\n",
  ].join("\n");
}

if (import.meta.main) {
  writeFileSync(join(import.meta.dirname, "../../docs/terminal.svg"), draw(runProduct()));
}
