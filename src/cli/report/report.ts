// `sitrep report`: one HTML file that shows a project. It holds private text, so only its owner can read it.

import { createHash } from "node:crypto";
import { mkdirSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { locateProject, type CommandContext } from "../../config/context.ts";
import { SitrepError } from "../../core/errors.ts";
import type { Located } from "../../git/repository.ts";
import { reportPage } from "../../server/pages/report/report-page.ts";
import { environmentForOthers } from "../../sources/environment-protocols.ts";
import { publishFile } from "../../state/files/replace-file.ts";
import { writeText } from "../../state/output/terminal.ts";
import { diskFault } from "../../state/sqlite/file-fault.ts";
import type { ProjectOptions } from "../program/verb-context.ts";
import { openBrowser } from "../terminal/browser.ts";
import { print, printJson, unwrappedLines } from "../terminal/terminal.ts";
import { gatherReport } from "./gather-report.ts";

interface ReportOptions extends ProjectOptions {
  output?: string;
  open?: boolean;
}

/** Returns the same file each time, so that reloading an open browser tab shows the new report. */
function defaultFile({ files }: CommandContext, { project, projectName }: Located): string {
  const name = projectName.replaceAll(/[^\w.-]+/g, "-").replace(/^[.-]+/, "") || "project";
  const id = createHash("sha256").update(project).digest("hex").slice(0, 8);
  mkdirSync(files.reports, { recursive: true, mode: 0o700 });
  return join(files.reports, `${name}-${id}.html`);
}

/** Throws `usage` if the path is not a regular file, or its folder does not exist. */
function fileFor(context: CommandContext, place: Located, output: string | undefined): string {
  if (output === undefined) return defaultFile(context, place);
  const file = resolve(context.cwd, output);
  const stats = statSync(file, { throwIfNoEntry: false });
  if (stats !== undefined && !stats.isFile()) {
    throw new SitrepError("usage", `--output must be a file, not ${file}.`, {
      hint: "Use --output - for stdout.",
    });
  }
  if (!statSync(dirname(file), { throwIfNoEntry: false })?.isDirectory()) {
    throw new SitrepError("usage", `There is no folder ${dirname(file)}.`, {
      hint: "Create it, or name another file with --output.",
    });
  }
  return file;
}

function requireOneUse({ json, output, open }: ReportOptions): void {
  if (json === true && (open === true || output !== undefined)) {
    throw new SitrepError("usage", "--json prints the data and writes no file.", {
      hint: "Leave out --output and --open, or --json.",
    });
  }
  if (open === true && output === "-") {
    throw new SitrepError("usage", "--open needs a file, not --output -.", {
      hint: "sitrep report --open",
    });
  }
}

function write(file: string, text: string): void {
  try {
    publishFile(file, text);
  } catch (cause) {
    throw diskFault(file, cause) ?? cause;
  }
}

/** Throws `usage`, and `disk-full` or `file-denied` when the file cannot be written. */
export async function runReport(context: CommandContext, options: ReportOptions): Promise<void> {
  requireOneUse(options);
  const place = locateProject(context, options.project);
  const report = await gatherReport(context, place);
  if (options.json === true) return printJson(report);
  const text = await reportPage(report);
  if (options.output === "-") return writeText("stdout", text.trimEnd());
  const file = fileFor(context, place, options.output);
  write(file, text);
  print(...unwrappedLines(file));
  if (options.open === true) openBrowser(pathToFileURL(file).href, environmentForOthers(context));
}
