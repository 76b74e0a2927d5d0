// A Claude Code transcript: JSON lines, not documented, as seen with Claude Code 2.1.329.

import { parseInstant } from "../time.ts";
import { parseObject, readItems, readObject, readString, type JsonObject } from "../read.ts";

/** Neither masked nor cleaned. */
export interface TranscriptEnd {
  said: string;
  /** Files that calls changed, as the calls named them, the latest first. */
  files: string[];
  /** The last shell command that failed and has not succeeded since; empty if there is none. */
  failed: string;
  exitCode?: string | null;
  at: number | null;
}

const changesFile = new Set(["Edit", "Write", "MultiEdit", "NotebookEdit"]);

const textIn = (content: unknown): string =>
  typeof content === "string"
    ? content
    : readItems(content, (one) => readString(readObject(one)?.["text"]) ?? null).join("\n");

/** A call that was refused or interrupted is an error too; a command that ran has an exit code. */
const hasRunAndFailed = (result: JsonObject): boolean =>
  result["is_error"] === true && /^(?:Error: )?Exit code \d/.test(textIn(result["content"]));

export function readTranscriptEnd(text: string): TranscriptEnd {
  const calls = new Map<string, JsonObject>();
  const files = new Set<string>();
  let [said, failed] = ["", ""];
  let exitCode: string | null = null;
  let at: number | null = null;
  const take = (call: JsonObject, result: JsonObject): void => {
    const [tool, input] = [readString(call["name"]) ?? "", readObject(call["input"])];
    const file = readString(input?.["file_path"]) ?? readString(input?.["notebook_path"]);
    const command = tool === "Bash" ? readString(input?.["command"]) : undefined;
    if (changesFile.has(tool) && file !== undefined && result["is_error"] !== true) {
      files.delete(file);
      files.add(file);
    }
    if (command === undefined) return;
    if (hasRunAndFailed(result)) {
      failed = command;
      exitCode = /Exit code (\d{1,3})/.exec(textIn(result["content"]))?.[1] ?? null;
    }
    if (result["is_error"] !== true && command === failed) failed = "";
  };
  for (const line of text.split("\n")) {
    const entry = parseObject(line);
    const kind = entry?.["type"];
    if (entry?.["isSidechain"] === true || entry?.["isApiErrorMessage"] === true) continue;
    const blocks = readItems(readObject(entry?.["message"])?.["content"], readObject);
    for (const block of blocks) {
      const what = block["type"];
      const id = readString(block["id"]) ?? readString(block["tool_use_id"]) ?? "";
      const call = calls.get(id);
      if (kind === "assistant" && what === "tool_use") calls.set(id, block);
      else if (kind === "user" && what === "tool_result" && call !== undefined) take(call, block);
    }
    if (blocks.length > 0) at = parseInstant(readString(entry?.["timestamp"]) ?? "") ?? at;
    const words = kind === "assistant" ? textIn(blocks).trim() : "";
    if (words !== "") said = words;
  }
  const ending = failed === "" ? {} : { exitCode };
  return { said, files: [...files].toReversed(), failed, ...ending, at };
}
