// Task lists that other tools keep in files, each with the facts that a person has read from its files.

export interface Place {
  /** The names of its fixtures in test/fixtures/task-files. */
  fixtures: string[];
  /** The text of its offers, each with the count of its open tasks first. */
  offers: string[];
  /** The id and title of each open task, read from the files by hand, in the order of work. */
  open: string[];
  /** Open items that are not tasks and are only counted. */
  counted?: string;
  /** The parts that the fixture leaves out, for the table. */
  leftOut: string;
}

const gsd: Place = {
  fixtures: ["gsd/phases"],
  offers: ["4 open tasks in .planning (GSD planning)"],
  open: [
    "02-02 Do 02-login/02-02",
    "2026-01-01-ask Ask ana",
    "phase-2.1 Phase 2.1: Hotfix",
    "phase-3 Phase 3: Docs",
  ],
  leftOut:
    "phases 1 and 4, complete by their summaries; the unticked box of plan 02-01, which has one",
};
const taskmaster: Place = {
  fixtures: ["taskmaster/made-by-0.43.1"],
  offers: ["6 open tasks in .taskmaster/tasks/tasks.json (Taskmaster)"],
  open: [
    "2 Rotate the signing keys",
    "3.2 Second factor",
    "3.3 Errors",
    "4 Write the docs",
    "5 Try passkeys",
    "3 Add a login form",
  ],
  leftOut: "1 done, 3.1 done, 6 cancelled",
};
const backlog: Place = {
  fixtures: ["backlog.md/made-by-1.52.0"],
  offers: ["4 open tasks in backlog (Backlog.md)"],
  open: [
    "TASK-1.1 Write the runbook",
    "TASK-1 Rotate the signing keys",
    "TASK-4 Ünïcode – título",
    "TASK-2 Publish the JWKS: both keys",
  ],
  leftOut: "TASK-3, in the last status; TASK-5 in completed/; boxes of acceptance criteria",
};
const plans: Place = {
  fixtures: ["tasks-todo/plans"],
  offers: ["2 open tasks in tasks/todo.md"],
  open: ["fix-it-in-auth Fix it in auth.ts, which is long", "test-it Test it"],
  counted: '2 open items in "tasks/todo.md"',
  leftOut: "2 boxes of an older plan, counted; 1 done",
};
const todo: Place = {
  fixtures: ["todo.md/todomd"],
  offers: ["3 open tasks in TODO.md"],
  open: [
    "doing-it Doing it",
    "our-first-todo Our first todo",
    "sub-task-or-description Sub-task or description",
  ],
  leftOut: "the Done column with an unticked box; a line without a box beside boxes",
};

export const places: Record<string, Place> = {
  GSD: gsd,
  "spec-kit": {
    fixtures: ["spec-kit/feature-file"],
    offers: ["2 open tasks in specs (spec-kit)"],
    open: [
      "001-sign-in/T012 Create User model in src/models/user.py",
      "001-sign-in/T013 Implement the service (depends on T012)",
    ],
    counted: "3 open items in 2 other lists",
    leftOut: "2 tasks of another feature and 1 box of a checklist, counted",
  },
  OpenSpec: {
    fixtures: ["openspec/marks"],
    offers: ["7 open tasks in openspec/changes (OpenSpec)"],
    open: [
      "add-oidc/1.2 Store the verifier",
      "add-oidc/1.2.1 In the session",
      "add-oidc/1.4 Numbered",
      "add-oidc/1.5 In between",
      "add-oidc/e3b0c4 (no text)",
      "add-oidc/write-it-down-see Write it down see",
      "add-oidc/9.9 in a fence",
    ],
    leftOut: "the archive; a change whose boxes are all ticked",
  },
  Kiro: {
    fixtures: ["kiro/kiro"],
    offers: ["3 open tasks in .kiro/specs (Kiro specs)"],
    open: ["auth/2.2 Store them", "auth/2.3 Write property tests", "auth/3 Checkpoint"],
    leftOut: "task 2, whose open subtasks are listed",
  },
  beads: {
    fixtures: ["beads/dolt-export"],
    offers: ["3 open tasks in .beads (beads)"],
    open: ["bd-b2 First", "bd-d Later", "bd-a1 Blocked by another"],
    leftOut: "a message, a template and a memory; the age of the export is shown",
  },
  Taskmaster: taskmaster,
  "Backlog.md": backlog,
  BMAD: {
    fixtures: ["bmad/made-by-6.12.0"],
    offers: [
      "4 open tasks in _bmad-output/implementation-artifacts/sprint-status.yaml (BMAD sprint status)",
    ],
    open: [
      "1-3-second-factor Second factor",
      "1-2-account-management Account management",
      "2-1-rotate-the-signing-keys Rotate the signing keys",
      "2-2a-show-the-keys Show the keys",
    ],
    leftOut: "epics, retrospectives, boxes of story files; 2 done",
  },
  "TODO.md": todo,
  "tasks/todo.md": plans,
};

const five = [backlog, taskmaster, gsd, plans, todo];
/** A clone with five of the places. */
export const together: Place = {
  fixtures: five.flatMap(({ fixtures }) => fixtures),
  offers: five.flatMap(({ offers }) => offers),
  // Started tasks without open dependencies come first, then the others by priority.
  open: [
    ...new Set([
      "2 Rotate the signing keys",
      "TASK-1.1 Write the runbook",
      "doing-it Doing it",
      "fix-it-in-auth Fix it in auth.ts, which is long",
      "TASK-1 Rotate the signing keys",
      "3.2 Second factor",
      ...five.flatMap(({ open }) => open),
    ]),
  ],
  counted: '2 open items in "tasks/todo.md"',
  leftOut: "as in each alone",
};
