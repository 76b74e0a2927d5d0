import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { loadOwnConfig, readOffSwitches } from "../../config/command-config.ts";
import { loadInstallation, type CommandContext } from "../../config/context.ts";
import type { Installation } from "../../config/installation.ts";
import type { OffSwitch } from "../../config/off.ts";
import { codeOf } from "../../core/errors.ts";
import type { Located } from "../../git/repository.ts";
import { gates } from "../../install/hook-entries.ts";
import { gateFile } from "../../install/write-gates.ts";
import { missingFiles } from "../../install/versions.ts";
import { addonFileName } from "../../state/sqlite/addon.ts";
import { fixCommands, type Commands } from "./fix-commands.ts";

export interface ExaminedInstallation {
  installation: Installation;
  /** Missing files that the hooks or the command need. */
  missing: readonly string[];
  /** The reason that this Node cannot load SQLite; null when it can, or when files are missing. */
  addonFault: string | null;
}

export interface DoctorContext {
  context: CommandContext;
  project: Located;
  installed: readonly ExaminedInstallation[];
  installation: Installation | null;
  off: readonly OffSwitch[];
  commands: Commands;
}

function missingOf({ files, folders }: CommandContext, installation: Installation): string[] {
  const { node, folder, plugin } = installation;
  const bin = join(plugin ?? folders.data, "bin");
  const gatesFolder = plugin === undefined ? files.gates : join(plugin, "gates");
  const built = [...missingFiles(folder), addonFileName].map((name) => join(folder, name));
  const all = [
    node,
    ...(existsSync(folder) ? built : [folder]),
    ...gates.map((gate) => gateFile(gatesFolder, gate)),
    join(bin, "sitrep"),
    join(bin, "sitrep-mcp"),
  ];
  return all.filter((file) => !existsSync(file));
}

/** A Node with a Node-API older than 10 would crash when it loads the addon. */
const loadAddon =
  'if (Number(process.versions.napi) < 10) throw Error("it is too old"); ' +
  "process.dlopen({ exports: {} }, process.argv[1])";

function addonFaultOf({ node, folder }: Installation): string | null {
  const args = ["-e", loadAddon, join(folder, addonFileName)];
  const options = { encoding: "utf8", timeout: 10_000, cwd: "/", env: {} } as const;
  const { status, error, stderr } = spawnSync(node, args, options);
  if (error !== undefined) return `it cannot be started (${codeOf(error)})`;
  if (status === 0) return null;
  return (
    /^Error: (.+)/m.exec(stderr)?.[1] ??
    (status === null ? "it was killed by a signal" : `it exited with status ${status}`)
  );
}

export function createDoctorContext(
  context: CommandContext,
  project: Located,
  isConfigured: boolean,
): DoctorContext {
  const installation = loadInstallation(context);
  const installed = [installation ?? [], installation?.other ?? []]
    .flat()
    .map((one): ExaminedInstallation => {
      const missing = missingOf(context, one);
      const addonFault = missing.length === 0 ? addonFaultOf(one) : null;
      return { installation: one, missing, addonFault };
    });
  const isWhole =
    installed.length > 0 &&
    installed.every(({ missing, addonFault }) => missing.length === 0 && addonFault === null);
  return {
    context,
    project,
    installed,
    installation,
    off: isConfigured ? readOffSwitches(context, project.project, loadOwnConfig(context)) : [],
    commands: fixCommands(context, project, isWhole),
  };
}
