// What callers call projects, and by what key the store has them.
// On this machine that is the real path of a folder, and callers use the folder's name.

import { basename, isAbsolute } from "node:path";
import { SitrepError } from "../../core/errors.ts";
import { quotedName } from "../../core/quote.ts";
import { hasTasks, listProjects } from "../../store/task-queries.ts";
import type { StoreConnection } from "../../store/database/connection.ts";
import { localOrganization } from "../../store/task-store.ts";

export interface ProjectNames {
  /** The stored key for what a caller of this organisation calls the project. May throw `project-unknown`. */
  readonly keyOf: (id: string, organization: string) => string | Promise<string>;
  /** What to call a stored key in answers. */
  readonly nameOf: (key: string, organization: string) => string | Promise<string>;
  /** The stored key of the project at hand, which is meant where an id is in several projects; null: none. */
  readonly home: string | null;
}

/** A server's: projects are what their callers call them. */
export const plainProjectNames: ProjectNames = {
  keyOf: (id) => id,
  nameOf: (key) => key,
  home: null,
};

const mostNamed = 10;

function unknown(id: string, known: readonly string[]): SitrepError {
  const some = known
    .slice(0, mostNamed)
    .map((one) => quotedName(one, 80))
    .join(", ");
  return new SitrepError(
    "project-unknown",
    `There is no project ${quotedName(id)} on this machine.`,
    {
      hint: some === "" ? "Start this server in the project's folder." : `There is: ${some}.`,
    },
  );
}

const named = (keys: readonly string[], name: string): string[] =>
  keys.filter((key) => basename(key) === name);

/**
 * A project is named by its folder's name or its whole path; `.` is the one at hand. `home` is the real path of the
 * folder that is worked in, which is a project before it has a task. A name that several folders have means `home` where
 * that is one of them. Throws `project-unknown`: tasks under a name that is no folder here would be in no brief.
 */
export function createLocalProjects(store: StoreConnection, home: string | null): ProjectNames {
  const known = async (): Promise<string[]> => {
    const stored = await listProjects(store.db, localOrganization);
    return [...new Set([...(home === null ? [] : [home]), ...stored])];
  };
  return {
    home,
    keyOf: async (id) => {
      if (home !== null && (id === "." || id === home || id === basename(home))) return home;
      const keys = await known();
      if (keys.includes(id)) return id;
      const [key, ...others] = named(keys, id);
      if (key === undefined)
        throw unknown(
          id,
          keys.map((one) => basename(one)),
        );
      if (others.length > 0) throw unknown(`that ${id} alone names`, [key, ...others]);
      return key;
    },
    nameOf: async (key) => {
      if (key === home) return basename(key);
      return named(await known(), basename(key)).length > 1 ? key : basename(key);
    },
  };
}

/**
 * Of a server on a store that may be this machine's: the person's folders are called by their names, as over stdio. Any
 * other project, and every project of an organisation, is what its callers call it. Throws `project-unknown` for a name
 * that several folders have.
 */
export function createServedProjects(store: StoreConnection): ProjectNames {
  const folders = async (): Promise<string[]> =>
    (await listProjects(store.db, localOrganization)).filter((key) => isAbsolute(key));
  const isStored = (project: string): Promise<boolean> =>
    hasTasks({ kind: store.kind, db: store.db, key: { organization: localOrganization, project } });
  return {
    home: null,
    keyOf: async (id, organization) => {
      // Where there are tasks under that very name, it goes on to mean them.
      if (organization !== localOrganization || (await isStored(id))) return id;
      const [key, ...others] = named(await folders(), id);
      if (others.length > 0) throw unknown(`that ${id} alone names`, [key ?? "", ...others]);
      return key ?? id;
    },
    nameOf: async (key, organization) => {
      if (organization !== localOrganization || !isAbsolute(key)) return key;
      const name = basename(key);
      const isAlone = named(await folders(), name).length <= 1 && !(await isStored(name));
      return isAlone ? name : key;
    },
  };
}
