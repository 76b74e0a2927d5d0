// Tells which projects a source is for.

import type { SourceConfig } from "../config/source-config.ts";
import { hostText } from "../core/address.ts";
import type { ProjectScope } from "../core/ports.ts";
import { findRepositoryOn } from "../git/remote.ts";
import { repositoryPresets } from "./trackers.ts";

const isNamed = ({ projects }: SourceConfig, { path, name }: ProjectScope): boolean =>
  projects === undefined || projects.includes(path) || projects.includes(name);

/** False if a source for all projects takes its repository from a remote and this project has no remote at its host. */
function hasRepository({ type, url, preset = "", with: set }: SourceConfig, path: string): boolean {
  const isOfRemote = type === "json" && url !== undefined && repositoryPresets.includes(preset);
  if (!isOfRemote || (set["repository"] ?? set["repo"]) !== undefined) return true;
  return findRepositoryOn(path, hostText(url)) !== null;
}

export const isSourceFor = (source: SourceConfig, scope: ProjectScope): boolean =>
  isNamed(source, scope) && hasRepository(source, scope.path);
