// GSD: `.planning/`. Files, not boxes, show progress: a plan is done if its summary lies beside it, and a phase if all its plans
// are done. Phases without plans, and notes in `todos/pending/`, are tasks too.

import type { Task } from "../../core/task/task.ts";
import { phasesIn, plainNumber, type Phase } from "./gsd-roadmap.ts";
import { fileTask, onParts, type FileContext, type FileKind } from "./kind.ts";
import { titleIn } from "./markdown.ts";
import type { Tree } from "./tree.ts";

const folder = ".planning";
const roadmap = "ROADMAP.md";
interface Plan {
  id: string;
  place: string;
  isDone: boolean;
}

/** The plans of a phase, from `03-02-PLAN.md` in its own folder. */
function plansOf(tree: Tree, base: string, number: string): Plan[] {
  const own = tree
    .names(`${base}/phases`)
    .filter(
      (name) => plainNumber(/^(\d+(?:\.\d+)*[A-Z]?)(?:-|$)/.exec(name)?.[1] ?? "") === number,
    );
  return own.flatMap((name) => {
    const files = tree.names(`${base}/phases/${name}`);
    return files.flatMap((file) => {
      const id = /^(.*?)-?PLAN\.md$/i.exec(file)?.[1];
      if (id === undefined || !/\d/.test(id)) return [];
      const isDone = files.some((one) => one.toLowerCase() === `${id}-summary.md`.toLowerCase());
      return [{ id, place: `${base}/phases/${name}/${file}`, isDone }];
    });
  });
}

/** A plan's title: its objective or first heading, else the phase's title. */
function planTitle(tree: Tree, plan: Plan, phase: Phase): string {
  const own = tree.parsed(plan.place, (text) => {
    return /<objective>\s*([^\n<]+)/.exec(text)?.[1]?.trim() ?? titleIn(text) ?? null;
  });
  return own ?? `${phase.title}, plan ${plan.id}`;
}

interface Planning {
  tree: Tree;
  /** The folder of the roadmap. */
  base: string;
  /** The prefix of a workstream's ids, because each workstream counts from 1. */
  prefix: string;
  context: FileContext;
}

function tasksOf({ tree, base, prefix, context }: Planning, phase: Phase): Task[] {
  const plans = plansOf(tree, base, phase.number);
  const isOver = phase.isTicked || (plans.length > 0 && plans.every(({ isDone }) => isDone));
  const own = {
    dependsOn: phase.dependsOn.map((number) => `${prefix}phase-${number}`),
    category: `Phase ${phase.number}`,
  };
  if (isOver || plans.length === 0) {
    const raw = {
      ...own,
      id: `${prefix}phase-${phase.number}`,
      title: `Phase ${phase.number}: ${phase.title.trim()}`,
      status: isOver ? "completed" : "pending",
    };
    return [fileTask(raw, context, `${base}/${roadmap}:${phase.line}`) ?? []].flat();
  }
  return plans.flatMap((plan) => {
    const raw = {
      ...own,
      id: `${prefix}${plan.id}`,
      title: planTitle(tree, plan, phase),
      status: plan.isDone ? "completed" : "pending",
      parent: `${prefix}phase-${phase.number}`,
    };
    return fileTask(raw, context, plan.place) ?? [];
  });
}

function notesIn({ tree, base, prefix, context }: Planning): Task[] {
  const pending = `${base}/todos/pending`;
  const files = tree.names(pending).filter((name) => name.endsWith(".md"));
  return files.flatMap((name) => {
    const place = `${pending}/${name}`;
    const own = tree.parsed(place, (text) => {
      return /^title:\s*(.+)$/m.exec(text)?.[1]?.trim() ?? titleIn(text) ?? null;
    });
    const id = `${prefix}${name.slice(0, -".md".length)}`;
    return fileTask({ id, title: own ?? name, labels: ["todo"] }, context, place) ?? [];
  });
}

/** The active workstream has its own planning folder. */
function planningOf(tree: Tree): Pick<Planning, "base" | "prefix"> {
  const name = tree.text(`${folder}/active-workstream`)?.trim() ?? "";
  const base = `${folder}/workstreams/${name}`;
  const isThere = /^[\w-]+$/.test(name) && tree.has(`${base}/${roadmap}`);
  return isThere ? { base, prefix: `${name}/` } : { base: folder, prefix: "" };
}

export const gsd: FileKind = {
  name: "gsd",
  title: "GSD planning",
  find: (tree) => (tree.has(`${planningOf(tree).base}/${roadmap}`) ? [folder] : []),
  watched: (tree) => {
    const { base } = planningOf(tree);
    const phases = tree.names(`${base}/phases`).map((name) => `${base}/phases/${name}`);
    return [folder, `${base}/${roadmap}`, `${base}/phases`, ...phases, `${base}/todos/pending`];
  },
  read: (tree, _place, context) => {
    const planning = { tree, context, ...planningOf(tree) };
    const place = `${planning.base}/${roadmap}`;
    const phases = tree.parsed(place, phasesIn) ?? [];
    const tasks = phases.flatMap((phase) => tasksOf(planning, phase));
    const plans = Map.groupBy(tasks, ({ parent = "" }) => parent);
    return {
      tasks: [
        ...onParts(tasks, (id) => plans.get(id)?.map((plan) => plan.id) ?? [id]),
        ...notesIn(planning),
      ],
      unread: phases.length === 0 ? [`${place} has no heading such as "### Phase 1: Name"`] : [],
    };
  },
};
