// On this machine a project's key is its folder's real path, and callers use the folder's name.

import { basename, isAbsolute } from "node:path";
import { SitrepError } from "../../core/errors.ts";
import { quotedName } from "../../core/quote.ts";
import type { StoreConnection } from "../../store/database/connection.ts";
import { hasTasks, listProjects } from "../../store/task-queries.ts";
import { localOrganization } from "../../store/task-store.ts";

export interface ProjectNames {
  readonly keyOf: (id: string, organization: string) => string | Promise<string>;
  readonly nameOf: (key: string, organization: string) => string | Promise<string>;
  /** The key of the current project, preferred if an id is in several projects; null: none. */
  readonly home: string | null;
}

/** On a server for a team, a project's key is its name. */
export const plainProjectNames: ProjectNames = {
  keyOf: (id) => id,
  nameOf: (key) => key,
  home: null,
};

const maxNamed = 10;

function unknown(message: string, known: readonly string[]): SitrepError {
  const names = known.slice(0, maxNamed).map((one) => quotedName(one, 80));
  const hint =
    names.length === 0
      ? "Start this server in the project's folder."
      : `Available: ${names.join(", ")}.`;
  return new SitrepError("project-unknown", message, { hint });
}

const named = (keys: readonly string[], name: string): string[] =>
  keys.filter((key) => basename(key) === name);

function folderOf(keys: readonly string[], name: string): string | null {
  const [key = null, ...others] = named(keys, name);
  if (key === null || others.length === 0) return key;
  throw unknown(`Several projects are called ${quotedName(name)}: use the path.`, [key, ...others]);
}

/** `home`: the working folder's real path. It wins over others. Throws `project-unknown`. */
export function createLocalProjects(store: StoreConnection, home: string | null): ProjectNames {
  const known = async (): Promise<string[]> => {
    const stored = await listProjects(store.db, localOrganization);
    return [...new Set([...(home === null ? [] : [home]), ...stored])];
  };
  return {
    home,
    keyOf: async (id) => {
      if (home !== null && [".", home, basename(home)].includes(id)) return home;
      const keys = await known();
      const key = keys.includes(id) ? id : folderOf(keys, id);
      if (key !== null) return key;
      const names = keys.map((one) => basename(one));
      throw unknown(`There is no project ${quotedName(id)} on this machine.`, names);
    },
    nameOf: async (key) => {
      if (key === home) return basename(key);
      return named(await known(), basename(key)).length > 1 ? key : basename(key);
    },
  };
}

/** The folders of this machine's person keep their names. Throws `project-unknown`. */
export function createServedProjects(store: StoreConnection): ProjectNames {
  const folders = async (): Promise<string[]> =>
    (await listProjects(store.db, localOrganization)).filter((key) => isAbsolute(key));
  const isStored = (project: string): Promise<boolean> =>
    hasTasks({ kind: store.kind, db: store.db, key: { organization: localOrganization, project } });
  return {
    home: null,
    keyOf: async (id, organization) => {
      // A name with its own tasks keeps them.
      if (organization !== localOrganization || (await isStored(id))) return id;
      return folderOf(await folders(), id) ?? id;
    },
    nameOf: async (key, organization) => {
      if (organization !== localOrganization || !isAbsolute(key)) return key;
      const name = basename(key);
      const isAlone = named(await folders(), name).length <= 1 && !(await isStored(name));
      return isAlone ? name : key;
    },
  };
}
