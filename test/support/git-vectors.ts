// Builds real repositories that make an ordinary git command start a program of theirs, one for each vector that a read
// command can meet. The program is a canary.

import { appendFileSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeProgram } from "./git-canary.ts";
import type { Canary } from "./git-canary.ts";
import { extents, makeStatDirty } from "./git-reading.ts";
import { repositoryAt, temporaryRepository } from "./repository.ts";
import type { TestRepository } from "./repository.ts";
import { temporaryFolder } from "./temporary.ts";

export interface Vector {
  name: string;
  /** Arms the repository, whose file `tracked` is committed. Returns the folder to read if it is another one. */
  arm: (repository: TestRepository, canary: Canary) => string | void;
  /** The ordinary git command that starts the program. */
  plain: readonly string[];
  /** True for the 2.x versions of git that start no program here. */
  inert?: (minor: number) => boolean;
  /** The extents that fail with `git-failed` in a hardened call: git cannot work without the refused program. */
  refused?: readonly ("status" | "whole")[];
}

const status = ["status", "--porcelain=v2"] as const;
const log = ["log", "-3", "--format=%H"] as const;

/** Changes the tracked file but not its size, so that git has to filter its content to see the change. */
function changeTracked({ folder, write }: TestRepository): void {
  write("tracked", "two\n");
  makeStatDirty(folder, "tracked");
}

/** Changes the tracked file and assigns it to the filter or diff driver `x`. */
function changeAttributed(repository: TestRepository, attribute: "filter=x" | "diff=x"): void {
  repository.write(".gitattributes", `tracked ${attribute}\n`);
  changeTracked(repository);
}

const cleanCommand = (canary: Canary): string => `${canary.program}; cat`;

function armFilter(
  name: string,
  settings: (canary: Canary) => readonly (readonly [key: string, value: string])[],
): Vector["arm"] {
  return (repository, canary) => {
    for (const [key, value] of settings(canary)) {
      repository.git("config", `filter.${name}.${key}`, value);
    }
    repository.write(".gitattributes", `tracked filter=${name}\n`);
    changeTracked(repository);
  };
}

/** Writes a settings file outside the repository that sets a filter and the file system monitor. */
function settingsFile(canary: Canary): string {
  const file = join(temporaryFolder(), "settings");
  const { git } = repositoryAt(temporaryFolder());
  git("config", "--file", file, "core.fsmonitor", canary.program);
  git("config", "--file", file, "filter.x.clean", cleanCommand(canary));
  return file;
}

/** Sets the filter in a settings file elsewhere that `key` includes. */
function armIncludedFilter(key: string): Vector["arm"] {
  return (repository, canary) => {
    repository.git("config", key, settingsFile(canary));
    repository.git("config", "core.fsmonitor", "false");
    changeAttributed(repository, "filter=x");
  };
}

function addSubmodule(repository: TestRepository): TestRepository {
  const origin = temporaryRepository();
  origin.commit("tracked", "one\n");
  const { git } = repository;
  git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", origin.folder, "sub");
  git("commit", "-qm", "add a submodule");
  return repositoryAt(join(repository.folder, "sub"));
}

function dropObject({ folder }: TestRepository, id: string): void {
  rmSync(join(folder, ".git/objects", id.slice(0, 2), id.slice(2)));
}

/** Makes a partial clone that lacks an object and requests it from `url`. */
function armPromisor(
  missing: "HEAD^{tree}" | "HEAD^",
  settings: (canary: Canary) => Record<string, string>,
): Vector["arm"] {
  return (repository, canary) => {
    repository.commit("second", "second\n");
    repository.write("staged", "staged\n");
    repository.git("add", "staged");
    const id = repository.git("rev-parse", missing).trim();
    dropObject(repository, id);
    const partial = { "extensions.partialClone": "origin", "remote.origin.promisor": "true" };
    for (const [key, value] of Object.entries({ ...partial, ...settings(canary) })) {
      repository.git("config", key, value);
    }
  };
}

function armSignature(kind: "openpgp" | "x509" | "ssh", header: string): Vector["arm"] {
  return (repository, canary) => {
    const { git, write } = repository;
    const signature = `gpgsig -----BEGIN ${header}-----\n \n AAAA\n -----END ${header}-----\n`;
    const commit = git("cat-file", "commit", "HEAD").replace(
      /^(committer .*\n)/m,
      `$1${signature}`,
    );
    write("signed", commit);
    git("update-ref", "HEAD", git("hash-object", "-t", "commit", "-w", "signed").trim());
    git("config", "log.showSignature", "true");
    git("config", `gpg.${kind}.program`, canary.program);
    git("config", "gpg.ssh.allowedSignersFile", "/dev/null");
  };
}

/** Moves the contents of `.git` into the working tree: a bare repository that names a working tree. */
function spillGitFolder(folder: string, git: TestRepository["git"]): void {
  for (const name of ["HEAD", "config", "index", "objects", "refs"]) {
    renameSync(join(folder, ".git", name), join(folder, name));
  }
  rmSync(join(folder, ".git"), { recursive: true });
  git("config", "--file", join(folder, "config"), "core.worktree", folder);
}

export const vectors: readonly Vector[] = [
  {
    name: "core.fsmonitor",
    plain: status,
    arm: ({ git }, canary) => void git("config", "core.fsmonitor", canary.program),
  },
  {
    name: "core.fsmonitor by include.path",
    plain: status,
    arm: ({ git }, canary) => void git("config", "include.path", settingsFile(canary)),
  },
  {
    name: "core.fsmonitor in config.worktree",
    plain: status,
    arm: ({ git }, canary) => {
      git("config", "extensions.worktreeConfig", "true");
      git("config", "--worktree", "core.fsmonitor", canary.program);
    },
  },
  {
    name: "core.hooksPath with post-index-change",
    plain: status,
    arm: ({ folder, git }, canary) => {
      const hooks = temporaryFolder();
      writeProgram(join(hooks, "post-index-change"), canary.program);
      git("config", "core.hooksPath", hooks);
      makeStatDirty(folder, "tracked");
    },
  },
  {
    name: ".git/hooks/post-index-change",
    plain: status,
    arm: ({ folder }, canary) => {
      mkdirSync(join(folder, ".git/hooks"), { recursive: true });
      writeProgram(join(folder, ".git/hooks/post-index-change"), canary.program);
      makeStatDirty(folder, "tracked");
    },
  },
  {
    name: "filter clean",
    plain: status,
    arm: armFilter("x", (canary) => [["clean", cleanCommand(canary)]]),
  },
  {
    name: "filter process",
    plain: status,
    arm: armFilter("x", (canary) => [["process", canary.program]]),
  },
  {
    name: "filter clean, required",
    plain: status,
    arm: armFilter("x", (canary) => [
      ["clean", cleanCommand(canary)],
      ["required", "true"],
    ]),
  },
  {
    name: "filter process, required",
    plain: status,
    arm: armFilter("x", (canary) => [
      ["process", canary.program],
      ["required", "true"],
    ]),
  },
  {
    name: "filter clean named a=b",
    plain: status,
    arm: armFilter("a=b", (canary) => [["clean", cleanCommand(canary)]]),
  },
  {
    name: "filter process named a=b",
    plain: status,
    arm: armFilter("a=b", (canary) => [["process", canary.program]]),
  },
  {
    name: "filter clean named a.clean",
    plain: status,
    arm: armFilter("a.clean", (canary) => [["clean", cleanCommand(canary)]]),
  },
  {
    name: "filter clean with an empty name",
    plain: status,
    arm: armFilter("", (canary) => [["clean", cleanCommand(canary)]]),
  },
  {
    name: "filter process with an empty name",
    plain: status,
    arm: armFilter("", (canary) => [["process", canary.program]]),
  },
  {
    name: "filter clean by include.path",
    plain: status,
    arm: armIncludedFilter("include.path"),
  },
  {
    name: "filter clean by includeIf.onbranch",
    plain: status,
    arm: armIncludedFilter("includeIf.onbranch:main.path"),
  },
  {
    name: "filter clean in config.worktree",
    plain: status,
    arm: (repository, canary) => {
      repository.git("config", "extensions.worktreeConfig", "true");
      repository.git("config", "--worktree", "filter.x.clean", cleanCommand(canary));
      changeAttributed(repository, "filter=x");
    },
  },
  {
    name: "filter clean behind 64 KiB of settings with one wide character",
    plain: status,
    arm: (repository, canary) => {
      const settings = join(repository.folder, ".git/config");
      appendFileSync(settings, `# \u00e9${"x".repeat(65_536)}\n`);
      repository.git("config", "filter.x.clean", cleanCommand(canary));
      changeAttributed(repository, "filter=x");
    },
  },
  {
    name: "filter clean with a name that is not UTF-8",
    plain: status,
    refused: extents,
    arm: (repository, canary) => {
      const latin = (text: string): Buffer => Buffer.from(text, "latin1");
      appendFileSync(
        join(repository.folder, ".git/config"),
        latin(`[filter "\u00ff"]\n\tclean = "${cleanCommand(canary)}"\n`),
      );
      writeFileSync(join(repository.folder, ".gitattributes"), latin("tracked filter=\u00ff\n"));
      changeTracked(repository);
    },
  },
  {
    name: "filter clean around a .git folder without objects",
    plain: status,
    arm: (repository, canary) => {
      repository.git("config", "filter.x.clean", cleanCommand(canary));
      changeAttributed(repository, "filter=x");
      repository.write("inner/.git/HEAD", "ref: refs/heads/main\n");
      repository.write("inner/.git/config", "[core]\n\trepositoryformatversion = 0\n");
      const inner = repositoryAt(join(repository.folder, "inner"));
      inner.write(".gitattributes", "tracked filter=x\n");
      changeTracked(inner);
      return inner.folder;
    },
  },
  {
    name: "filter clean in a git folder whose name ends with a line separator",
    plain: status,
    arm: (repository, canary) => {
      const decoy = repositoryAt(temporaryFolder());
      decoy.git(
        "init",
        "-q",
        "-b",
        "main",
        "--separate-git-dir",
        join(decoy.folder, "elsewhere"),
        "tree",
      );
      // Git reads the name to the end of the file. Read only to the end of the line, it is the decoy's name.
      const armed = repositoryAt(join(decoy.folder, "elsewhere\u2028"));
      repository.git("config", "filter.x.clean", cleanCommand(canary));
      changeAttributed(repository, "filter=x");
      renameSync(join(repository.folder, ".git"), armed.folder);
      repository.write(".git", `gitdir: ${armed.folder}\n`);
    },
  },
  {
    name: "filter clean by .git/info/attributes",
    plain: status,
    arm: (repository, canary) => {
      repository.git("config", "filter.x.clean", cleanCommand(canary));
      repository.write(".git/info/attributes", "* filter=x\n");
      changeTracked(repository);
    },
  },
  {
    name: "filter clean by core.attributesFile",
    plain: status,
    arm: (repository, canary) => {
      repository.git("config", "filter.x.clean", cleanCommand(canary));
      repository.write("attributes", "* filter=x\n");
      repository.git("config", "core.attributesFile", join(repository.folder, "attributes"));
      changeTracked(repository);
    },
  },
  {
    name: "filter clean in a linked worktree",
    plain: status,
    arm: ({ git }, canary) => {
      const folder = join(temporaryFolder(), "linked");
      git("worktree", "add", "-q", folder);
      git("config", "filter.x.clean", cleanCommand(canary));
      const linked = repositoryAt(folder);
      changeAttributed(linked, "filter=x");
      return folder;
    },
  },
  {
    name: "a submodule's core.fsmonitor",
    plain: status,
    arm: (repository, canary) =>
      void addSubmodule(repository).git("config", "core.fsmonitor", canary.program),
  },
  {
    name: "a submodule's filter clean",
    plain: status,
    arm: (repository, canary) => {
      const sub = addSubmodule(repository);
      sub.git("config", "filter.x.clean", cleanCommand(canary));
      changeAttributed(sub, "filter=x");
    },
  },
  {
    name: "a bare repository in a sub-folder",
    plain: status,
    arm: ({ folder }, canary) => {
      const inner = repositoryAt(join(folder, "inner"));
      inner.write("tracked", "one\n");
      inner.git("init", "-q", "-b", "main");
      inner.git("add", "tracked");
      inner.git("config", "core.fsmonitor", canary.program);
      spillGitFolder(inner.folder, inner.git);
      return inner.folder;
    },
  },
  {
    name: "a bare repository beside an empty .git folder",
    plain: status,
    arm: ({ folder, git }, canary) => {
      git("config", "core.fsmonitor", canary.program);
      spillGitFolder(folder, git);
      mkdirSync(join(folder, ".git"));
    },
  },
  {
    name: "a missing tree asked for by remote.uploadpack",
    plain: status,
    refused: extents,
    arm: armPromisor("HEAD^{tree}", (canary) => ({
      "remote.origin.url": "/nowhere",
      "remote.origin.uploadpack": canary.program,
    })),
  },
  {
    name: "a missing tree asked for by core.sshCommand",
    plain: status,
    refused: extents,
    arm: armPromisor("HEAD^{tree}", (canary) => ({
      "remote.origin.url": "ssh://nowhere.invalid/x",
      "core.sshCommand": canary.program,
    })),
  },
  {
    name: "a missing tree asked for by core.gitProxy",
    plain: status,
    refused: extents,
    arm: armPromisor("HEAD^{tree}", (canary) => ({
      "remote.origin.url": "git://nowhere.invalid/x",
      "core.gitProxy": canary.program,
    })),
  },
  {
    name: "a missing tree asked for by ext::",
    plain: status,
    refused: extents,
    arm: armPromisor("HEAD^{tree}", (canary) => ({
      "remote.origin.url": `ext::${canary.program}`,
      "protocol.ext.allow": "always",
    })),
  },
  {
    name: "a missing commit asked for by remote.uploadpack",
    plain: log,
    inert: (minor) => minor >= 47,
    refused: ["whole"],
    arm: armPromisor("HEAD^", (canary) => ({
      "remote.origin.url": "/nowhere",
      "remote.origin.uploadpack": canary.program,
    })),
  },
  {
    name: "log.showSignature with gpg.openpgp.program",
    plain: log,
    arm: armSignature("openpgp", "PGP SIGNATURE"),
  },
  {
    name: "log.showSignature with gpg.x509.program",
    plain: log,
    arm: armSignature("x509", "SIGNED MESSAGE"),
  },
  {
    name: "log.showSignature with gpg.ssh.program",
    plain: log,
    inert: (minor) => minor < 34,
    arm: armSignature("ssh", "SSH SIGNATURE"),
  },
  {
    name: "diff.external",
    plain: ["diff"],
    arm: (repository, canary) => {
      repository.git("config", "diff.external", canary.program);
      changeTracked(repository);
    },
  },
  {
    name: "diff.x.command",
    plain: ["diff"],
    arm: (repository, canary) => {
      repository.git("config", "diff.x.command", canary.program);
      changeAttributed(repository, "diff=x");
    },
  },
  {
    name: "diff.x.textconv",
    plain: ["diff"],
    arm: (repository, canary) => {
      repository.git("config", "diff.x.textconv", canary.program);
      changeAttributed(repository, "diff=x");
    },
  },
];

/** Returns the vector with this name. Throws if there is none. */
export function vectorNamed(name: string): Vector {
  const vector = vectors.find((one) => one.name === name);
  if (vector === undefined) throw new Error(`no vector "${name}"`);
  return vector;
}

/** Makes a repository armed with a vector. The canary has not fired when this returns. */
export function armedRepository({ arm }: Vector, canary: Canary): string {
  const repository = temporaryRepository();
  repository.commit("tracked", "one\n");
  appendFileSync(join(repository.folder, ".git/info/exclude"), "/attributes\n/.gitattributes\n");
  const folder = arm(repository, canary) ?? repository.folder;
  canary.reset();
  return folder;
}
