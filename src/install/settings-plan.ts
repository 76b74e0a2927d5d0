// What an install would write into a settings file.

import { join } from "node:path";
import type { Installation } from "../config/installation.ts";
import { guardsWith, hasGitGuard } from "../core/guards.ts";
import type { Located } from "../git/repository.ts";
import { gateCommand, gates, hookEntries } from "./entries.ts";
import type { OptionalPart } from "./entries.ts";
import { gateFile, statuslineGate } from "./gate-files.ts";
import { planInstall } from "./plan.ts";
import { readSettingsFile } from "./settings-file.ts";
import { cutStatusLine, hasOurStatusLine, planStatusLine } from "./status-line.ts";
import { configOf, installationOf } from "../config/context.ts";
import type { CommandContext } from "../config/context.ts";
import { diffOf, withRule } from "./mcp-registration.ts";
import type { Choices, SettingsPlan } from "./mcp-registration.ts";
import type { Scope } from "./scopes.ts";
import { isOursIn, settingsPath } from "./settings-target.ts";

/** Guards come with the first that is switched on in the configuration. */
function partsOf(
  context: CommandContext,
  text: string | null,
  choices: Choices,
): Set<OptionalPart> {
  const promptGate = gates.find((gate) => gate.part === "prompts");
  const hasPrompts =
    promptGate !== undefined && text?.includes(gateFile(context.files.gates, promptGate)) === true;
  const { guards, projects } = configOf(context);
  const all = [
    guards,
    ...Object.values(projects).map((own) => guardsWith(guards, own.guards ?? {})),
  ];
  const parts = new Set<OptionalPart>();
  if (choices.prompts ?? hasPrompts) parts.add("prompts");
  if (all.some((one) => one.edit || hasGitGuard(one))) parts.add("guards");
  return parts;
}

function withStatusLine(
  context: CommandContext,
  file: string,
  text: string,
  wanted?: boolean,
): string {
  const isOurs = isOursIn(context);
  if (!(wanted ?? hasOurStatusLine(file, text, isOurs))) return cutStatusLine(file, text, isOurs);
  const command = gateCommand(join(context.files.gates, statuslineGate));
  return planStatusLine(file, text, command, isOurs);
}

function plan(
  context: CommandContext,
  file: string,
  direct: Installation | null,
  choices: Choices,
): SettingsPlan {
  const settings = readSettingsFile(file);
  const entries = hookEntries(
    (gate) => gateFile(context.files.gates, gate),
    process.platform !== "win32" || direct === null
      ? null
      : ({ bundle }) =>
          bundle === null
            ? null
            : {
                node: direct.node,
                bundle: join(direct.folder, `${bundle}.cjs`),
                state: context.folders.state,
              },
    partsOf(context, settings.text, choices),
  );
  const hooked = planInstall(file, settings.text, entries, isOursIn(context));
  const lined = withStatusLine(context, file, hooked, choices.statusline);
  const { text: after, hasOurRule } = withRule(context, file, lined, choices);
  return { settings, after, diff: diffOf(settings, after), hasOurRule };
}

/** What an install would write. Throws `settings-not-strict`, `settings-unexpected`. */
export function planSettings(
  context: CommandContext,
  project: Located,
  scope: Scope,
  choices: Choices = {},
): SettingsPlan {
  return plan(context, settingsPath(context, project, scope), installationOf(context), choices);
}
