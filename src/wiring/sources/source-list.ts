// The sources of a project as commands show and find them.

import { SourceConfig } from "../../config/source-config.ts";
import { SitrepError } from "../../core/errors.ts";
import type { ProjectScope } from "../../core/ports.ts";
import { configOf } from "../cli-world.ts";
import type { CliWorld } from "../cli-world.ts";
import { signInStatusOf } from "./person.ts";
import type { SignInStatus } from "./person.ts";
import { sourceWorldOf } from "./source-sign-in.ts";
import { listSources } from "./sources.ts";
import type { ListedSource } from "./sources.ts";

/** The sources of a project. Throws `config-invalid`. */
export const sourcesOf = (world: CliWorld, scope: ProjectScope): ListedSource[] =>
  listSources(configOf(world), world.files, scope);

export interface ListedWithSignIn extends ListedSource {
  /** Null where no person is signed in. */
  signIn: SignInStatus | null;
}

/** The sources of a project, with who is signed in. Throws `config-invalid`. */
export const listWithSignIns = (
  world: CliWorld,
  scope: ProjectScope | null,
): Promise<ListedWithSignIn[]> => {
  const config = configOf(world);
  const known = sourceWorldOf(world.files, config, world.env, null);
  return Promise.all(
    listSources(config, world.files, scope).map(async (one) => ({
      ...one,
      // Records that others can read are not used; asking the source says so.
      signIn: await signInStatusOf(one.config, known).catch(() => null),
    })),
  );
};

/** Throws `source-unknown`. */
export function findSource(world: CliWorld, scope: ProjectScope, name: string): SourceConfig {
  const all = sourcesOf(world, scope);
  const found = all.find(({ config }) => config.name === name);
  if (found !== undefined) return found.config;
  throw new SitrepError("source-unknown", `This project has no source "${name}".`, {
    hint: `It has: ${all.map(({ config }) => config.name).join(", ")}.`,
  });
}
