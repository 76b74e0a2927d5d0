// GSD: `.planning/`. What is done is told by files, not by boxes: a plan is done when its summary lies beside it, a phase when
// all its plans are. Phases without plans, and notes in `todos/pending/`, are tasks too.

import type { Task } from "../../core/task/task.ts";
import { fileTask, onParts, type FileContext, type FileKind } from "./kind.ts";
import { markdownItems, titleIn } from "./markdown.ts";
import type { Tree } from "./tree.ts";

const folder = ".planning";
const roadmap = "ROADMAP.md";
const phaseHeading = /^#{2,4}\s+Phase\s+(\d+(?:\.\d+)*[A-Z]?)\s*:\s*(\S.*)$/i;
const phaseBox = /^Phase\s+(\d+(?:\.\d+)*[A-Z]?)\s*:/i;

const planBox = /^\s*[-*]\s+\[([ xX])\]\s+\S*PLAN/;
const dependsOn = /\*\*Depends on:?\*\*:?(.*)$/i;

/** `✅ **v1.0 Name** - Phases 1-5 (shipped …)`. */
const shippedRange = /^\s*[-*]\s+✅.*\bPhases?\s+(\d+)\s*[-–]\s*(\d+)/u;

interface Phase {
  number: string;
  title: string;
  line: number;
  dependsOn: string[];
  /** Its own box or all boxes of its plans are ticked, or it has shipped. */
  isTicked: boolean;
}

/** `3` and `03` are one. */
const plainNumber = (number: string): string => number.replace(/^0+(?=\d)/, "");

/** The lines of each phase's section. A milestone that has shipped stays in the file, folded. */
function sectionsIn(lines: readonly string[]) {
  const found: { number: string; title: string; line: number; isFolded: boolean; own: string[] }[] =
    [];
  let isFolded = false;
  for (const [at, line] of lines.entries()) {
    if (/<\/?details/i.test(line)) isFolded = !/<\/details/i.test(line);
    const [, number, title = ""] = phaseHeading.exec(line) ?? [];
    if (number === undefined) found.at(-1)?.own.push(line);
    else found.push({ number: plainNumber(number), title, line: at + 1, isFolded, own: [] });
  }
  return found;
}

function phasesIn(text: string): Phase[] {
  const lines = text.split(/\r?\n/);
  const ticked = new Set(
    markdownItems(text).flatMap(({ mark, text: words }) => {
      const number = phaseBox.exec(words)?.[1];
      return number !== undefined && /x/i.test(mark ?? "") ? [plainNumber(number)] : [];
    }),
  );
  const shipped = lines
    .map((line) => shippedRange.exec(line))
    .flatMap((found) => (found === null ? [] : [[Number(found[1]), Number(found[2])] as const]));
  const isShipped = (number: string): boolean =>
    shipped.some(([from, to]) => parseFloat(number) >= from && parseFloat(number) < to + 1);
  return sectionsIn(lines).map(({ number, title, line, isFolded, own }) => {
    const boxes = own.map((one) => planBox.exec(one)?.[1]).filter((mark) => mark !== undefined);
    const named = own.map((one) => dependsOn.exec(one)?.[1]).find((one) => one !== undefined);
    return {
      number,
      title,
      line,
      dependsOn: (named?.match(/\d+(?:\.\d+)*[A-Z]?/g) ?? []).map(plainNumber),
      isTicked:
        ticked.has(number) ||
        isFolded ||
        isShipped(number) ||
        (boxes.length > 0 && boxes.every((mark) => mark !== " ")),
    };
  });
}

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

/** What a plan is for: its own objective or first heading, else the phase's title. */
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
  /** In front of the ids of a workstream, which counts from 1 like every other. */
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

/** The workstream that is worked on has a planning folder of its own. */
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
