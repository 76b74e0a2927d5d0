// `sitrep try` uses a temporary folder as its state, unless Sitrep is already in use for this project.

import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadOwnConfig, readOffSwitches } from "../../config/command-config.ts";
import { addSource, parseFile } from "../../config/config-file.ts";
import { createCommandContext, locateProject, type CommandContext } from "../../config/context.ts";
import { failureReason } from "../../core/brief/source-lines.ts";
import { codeOf, messageOf } from "../../core/errors.ts";
import { openCount } from "../../core/task/task.ts";
import type { Located } from "../../git/repository.ts";
import { planSettings } from "../../install/settings-plan.ts";
import { refreshProject } from "../../sources/local-tasks.ts";
import type { FoundSource } from "../../sources/discovery/found-source.ts";
import { isWorthOffering, offerListText } from "../../sources/discovery/discovery-notice.ts";
import { runBrief } from "../brief.ts";
import { createScope, type ProjectOptions, type Run } from "../program/verb-context.ts";
import { readSource } from "../source/add-options.ts";
import { readCachedViews, listProjectSources, withSourceContext } from "../source/lookup.ts";
import { foundLines, runDiscovery, foundJson } from "../source/discovered.ts";
import { checkSource } from "../source/check-source.ts";
import { confirm, isWatched, printNotice } from "../terminal/terminal.ts";
import { question } from "./offers.ts";

/** True when this project already has open tasks or sources, or Sitrep is switched off: the real brief is shown. */
function isInUse(context: CommandContext, project: Located): boolean {
  if (!existsSync(context.files.cache)) return false;
  const scope = createScope(project);
  return (
    readOffSwitches(context, project.project, loadOwnConfig(context)).length > 0 ||
    listProjectSources(context, scope).some(({ config }) => config.type !== "embedded") ||
    readCachedViews(context, scope, 0).some(({ counts }) => openCount(counts) > 0)
  );
}

/** Creates a separate state below `folder`, with the user's settings and these sources. */
async function scratchContext(
  context: CommandContext,
  folder: string,
  project: Located,
  places: readonly FoundSource[],
): Promise<CommandContext> {
  const own = createCommandContext({ ...context.env, SITREP_HOME: folder }, context.cwd);
  const { sources: _, ...settings } = parseFile(context.configFile);
  const sources = places.map(({ source }) => source);
  writeFileSync(own.configFile, JSON.stringify({ ...settings, sources }), { mode: 0o600 });
  if (sources.length > 0) await refreshProject(own, createScope(project));
  return own;
}

/** Reads a place's tasks into the scratch state. Prints a remark and returns false when that fails. */
async function readIntoScratch(
  own: CommandContext,
  project: Located,
  place: FoundSource,
): Promise<boolean> {
  const scope = createScope(project);
  const source = readSource(place.source);
  const failed = (why: string): false => {
    printNotice(`${place.what} cannot be shown: ${why}`);
    return false;
  };
  try {
    const test = await withSourceContext(own, (sources) =>
      checkSource(source, { scope, sources }, () => undefined),
    );
    const step = test.steps.find(({ code }) => code !== null);
    if (step !== undefined) {
      // The hint would test a source that the scratch state does not keep.
      const hint = step.hint?.replace(/; then: sitrep source test .*$/, "; then: npx sitrep try");
      return failed([step.detail, hint].filter(Boolean).join(" "));
    }
    addSource(own.configFile, source, { scope, isFirst: false, env: own.env });
    const results = await refreshProject(own, scope, source.name);
    const code = results.find((one) => one.source === source.name)?.code ?? null;
    return code === null || failed(failureReason(code));
  } catch (error) {
    if (codeOf(error) === "cancelled") throw error;
    return failed(messageOf(error));
  }
}

/** Servers are not offered: they may ask for a sign-in, which a scratch state would lose. */
const isAsked = ({ kind }: FoundSource): boolean => kind === "tracker" || kind === "program";

/** Shows the trackers and programs that the user agrees to, and returns them. */
async function offerSources(
  own: CommandContext,
  project: Located,
  places: readonly FoundSource[],
  show: () => Promise<void>,
): Promise<FoundSource[]> {
  const taken: FoundSource[] = [];
  for (const place of places.filter(isAsked)) {
    printNotice("");
    // oxlint-disable-next-line no-await-in-loop -- one question at a time
    if (!(await confirm(question(place), false, true))) continue;
    // oxlint-disable-next-line no-await-in-loop
    if (await readIntoScratch(own, project, place)) taken.push(place);
  }
  if (taken.length > 0) await show();
  return taken;
}

async function tryIn(
  context: CommandContext,
  own: CommandContext,
  project: Located,
  {
    options,
    places,
    shown,
  }: { options: ProjectOptions; places: FoundSource[]; shown: FoundSource[] },
): Promise<FoundSource[] | null> {
  const others = places.filter((place) => !shown.includes(place));
  const show = (): Promise<void> =>
    runBrief(
      own,
      { ...options, event: "session-start" },
      { places: places.map((place) => ({ ...foundJson(place), shown: shown.includes(place) })) },
    );
  await show();
  if (options.json === true) return null;
  printNotice(
    "",
    "Claude Code would read this at the start of a session here. Nothing was changed.",
  );
  if (shown.length > 0) printNotice(`This project has ${offerListText(shown)}.`);
  if (others.length > 0) printNotice("", "Not shown yet:", ...foundLines(others, "npx sitrep"));
  if (own === context || !isWatched()) return null;
  return [...shown, ...(await offerSources(own, project, others, show))];
}

const isFile = (place: FoundSource): boolean => place.kind === "file" && isWorthOffering(place);

export const runTry: Run = async (context, options) => {
  const project = locateProject(context, options.project);
  const places = await runDiscovery(context, project);
  const scratch = isInUse(context, project) ? null : mkdtempSync(join(tmpdir(), "sitrep-try-"));
  let chosen: FoundSource[] | null = null;
  try {
    const shown = scratch === null ? [] : places.filter(isFile);
    const own = scratch === null ? context : await scratchContext(context, scratch, project, shown);
    chosen = await tryIn(context, own, project, { options, places, shown });
  } finally {
    if (scratch !== null) rmSync(scratch, { recursive: true, force: true });
  }
  if (options.json === true) return;
  printNotice("");
  if (chosen === null) return printNotice("To get this in every session: npx sitrep install");
  const { runInstall } = await import("./install.ts");
  if (planSettings(context, project, "local").diff !== "") {
    const more =
      chosen.length > 0 ? " The lists shown will become task sources of this project." : "";
    printNotice(`To get this in every session, install Sitrep here.${more}`);
  } else if (!(await confirm("Show these tasks in every session?", false, true))) {
    return printNotice("Nothing was changed.");
  }
  await runInstall(context, { ...options, scope: "local", monitor: true, chosen });
};
