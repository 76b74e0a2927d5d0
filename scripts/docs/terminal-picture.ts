// Draws docs/terminal.svg: a terminal in which the built product runs, in a temporary home, repository and task store. Run it
// after a build (`npm run docs`). The output is drawn unchanged, except for its colors.

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { plainGitEnvironment, repositoryAt } from "../../test/support/repository.ts";
import { builtFolder } from "../../test/support/built.ts";
import { stillClock } from "./still-clock.ts";
import { drawTerminal, type Run } from "./terminal-svg.ts";

/** The typed command, and the lines of its output. */
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

/** Runs the product and returns the output of `sitrep brief`, the text that a session would read. Removes all its files. */
export function runProduct(): Screen {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "sitrep-picture-")));
  try {
    const project = join(root, "shop-api");
    mkdirSync(project);
    makeProject(project);
    const own = { HOME: root, SITREP_HOME: join(root, "home"), TZ: "UTC" };
    const env = { ...plainGitEnvironment, ...own, ...stillClock };
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

/** The screen as an SVG of its own size. */
export function draw({ command, lines }: Screen): string {
  const typed = `$ ${command}`;
  return drawTerminal({
    title: `${command} in a terminal`,
    description: [typed, ...lines].join("\n"),
    caption: "~/shop-api",
    lines: [
      [{ column: 0, text: typed, style: "prompt" }],
      ...lines.map((text): Run[] => [{ column: 0, text, style: "text" }]),
    ],
  });
}

if (import.meta.main) {
  writeFileSync(join(import.meta.dirname, "../../docs/terminal.svg"), draw(runProduct()));
}
