// The installed command and the session's files in the live folder, for the pane: it has no Node and no database of its own.

import { paneFiles, readPane, type Pane } from "../../core/pane.ts";
import { cleanText } from "../../core/quote.ts";
import type { ClaudeCode } from "./claude-code.ts";

interface Installed {
  node: string;
  command: string;
  live: string;
}

/** A value in `made.sh`, which the plugin's set-up writes, as `shellQuote` quoted it. */
const valueIn = (made: string, name: string): string =>
  (new RegExp(`^sitrep_${name}='(.*)'$`, "m").exec(made)?.[1] ?? "").replaceAll(`'\\''`, "'");

/** Null until the session's start has set the plugin up. */
async function findInstalled($: ClaudeCode): Promise<Installed | null> {
  const { CLAUDE_PLUGIN_DATA: data = "" } = await $.process.hookEnv();
  const made = await $.fs.read(`${data}/made.sh`).catch(() => "");
  const [node, folder, record] = ["node", "folder", "record"].map((name) => valueIn(made, name));
  if (!node || !folder || !record) return null;
  return { node, command: `${folder}/cli.cjs`, live: record.replace(/[^/]+$/, "live") };
}

const notSetUp = "Sitrep is not set up yet. Start a new session.";

/** Runs `sitrep WORDS`, and gives its words, or its error's. Never rejects. */
export async function runSitrep($: ClaudeCode, words: readonly string[]): Promise<string> {
  const installed = await findInstalled($);
  if (installed === null) return notSetUp;
  const { node, command } = installed;
  // A session's own change is not news to it, and this one is the person's. A project's settings can set the other.
  const env = { CLAUDE_CODE_SESSION_ID: "", NODE_OPTIONS: "" };
  try {
    const ran = await $.process.run([node, command, "--color=never", ...words], { env });
    return (ran.exitCode === 0 ? ran.stdout : ran.stderr).trimEnd();
  } catch (error) {
    return `Sitrep could not run: ${cleanText(String(error), 200)}`;
  }
}

/** Tells the monitor that the pane is open, and wakes it. */
export async function renewOpen($: ClaudeCode): Promise<void> {
  const installed = await findInstalled($);
  if (installed === null) return;
  const { open } = paneFiles(await $.session.id());
  await $.fs.write(`${installed.live}/${open}`, "");
  await $.fs.write(`${installed.live}/monitor.wake`, "");
}

/** What the monitor last wrote, and a mark that changes with it. */
export async function readPaneFile($: ClaudeCode): Promise<{ pane: Pane | null; mark: number }> {
  const installed = await findInstalled($);
  const file = `${installed?.live}/${paneFiles(await $.session.id()).pane}`;
  const { mtimeMs: mark } = await $.fs.stat(file).catch(() => ({ mtimeMs: 0 }));
  return { pane: mark === 0 ? null : readPane(await $.fs.read(file)), mark };
}
