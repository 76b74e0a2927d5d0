// What projects are called by those who ask, and by what key the store has them.

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
