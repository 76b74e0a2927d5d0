// The installed command and the session's files in the live folder, for the pane: it has no Node and no database of its own. Claude
// Code refuses a module that passes `$` to anything but a declared function.

import { paneFiles, readPane, type Pane } from "../../core/pane.ts";
import { cleanText } from "../../core/quote.ts";
import type { ClaudeCode } from "./module-interface.ts";

let found: Promise<string> | undefined;

/** The plugin's data folder. Asked for once: the call makes the folder, also after an uninstall. Rejects before 2.1.329. */
export async function findData($: ClaudeCode): Promise<string> {
  found ??= $.process.hookEnv().then(({ CLAUDE_PLUGIN_DATA: data = "" }) => data);
  return found;
}

interface Installed {
  node: string;
  command: string;
  live: string;
}

/** A value in `made.sh`, which the plugin's set-up writes, as `shellQuote` quoted it. */
const valueIn = (made: string, name: string): string =>
  (new RegExp(`^sitrep_${name}='(.*)'$`, "m").exec(made)?.[1] ?? "").replaceAll(`'\\''`, "'");

/** Null before the session's start has set the plugin up, and after an uninstall. */
async function findInstalled($: ClaudeCode): Promise<Installed | null> {
  try {
    const made = await $.fs.read(`${await findData($)}/made.sh`);
    const record = valueIn(made, "record");
    await $.fs.stat(record);
    const command = `${valueIn(made, "folder")}/cli.cjs`;
    return { node: valueIn(made, "node"), command, live: record.replace(/[^/]+$/, "live") };
  } catch {
    return null;
  }
}

export interface Said {
  isDone: boolean;
  text: string;
}

/** Runs `sitrep WORDS`, and gives its output, or its error's. Never rejects. */
export async function runSitrep($: ClaudeCode, words: readonly string[]): Promise<Said> {
  const installed = await findInstalled($);
  if (installed === null)
    return { isDone: false, text: "Sitrep is not set up. Start a new session." };
  const { node, command } = installed;
  // No session id: the change is the person's, so it is news to the session. Project settings can set NODE_OPTIONS.
  const env = { CLAUDE_CODE_SESSION_ID: "", NODE_OPTIONS: "" };
  try {
    const ran = await $.process.run([node, command, "--color=never", ...words], { env });
    const isDone = ran.exitCode === 0;
    return { isDone, text: (isDone ? ran.stdout : ran.stderr).trimEnd() };
  } catch (error) {
    return { isDone: false, text: `Sitrep could not run: ${cleanText(String(error), 200)}` };
  }
}

/** Tells the monitor that the pane is open, and wakes it. Gives the pane file; null before setup and after an uninstall. */
export async function renewOpen($: ClaudeCode, sessionId: string): Promise<string | null> {
  const installed = await findInstalled($);
  if (installed === null) return null;
  const { open, pane } = paneFiles(sessionId);
  await $.fs.write(`${installed.live}/${open}`, "");
  await $.fs.write(`${installed.live}/monitor.wake`, "");
  return `${installed.live}/${pane}`;
}

/** 0 for a file that is not there. */
export async function changedAt($: ClaudeCode, file: string | null): Promise<number> {
  if (file === null) return 0;
  return $.fs.stat(file).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
}

/** What the monitor last wrote. */
export async function readPaneFile($: ClaudeCode): Promise<Pane | null> {
  const installed = await findInstalled($);
  if (installed === null) return null;
  const file = `${installed.live}/${paneFiles(await $.session.id()).pane}`;
  return $.fs.read(file).then(readPane, () => null);
}
