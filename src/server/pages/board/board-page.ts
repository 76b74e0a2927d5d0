// The board of a project: a column for each status. Without its script, it works by forms.

import { createHash } from "node:crypto";
import { allowedTransitions, taskPriorities, taskStatuses } from "../../../core/task/task.ts";
import type { TaskStatus } from "../../../core/task/task.ts";
import type { BoardFilter } from "../../../store/board-queries.ts";
import type { BoardCard, BoardColumn } from "../../board/backend-calls.ts";
import { age, badge, count, exact, html, oneLine, type Clock, type Html } from "../html.ts";
import { addressOf, csrfField, type Reader } from "./layout.ts";
import { ownersOf, statusNames } from "./text.ts";

export interface BoardView {
  readonly project: string;
  readonly filter: BoardFilter;
  /** Null: the open ones and the completed ones. */
  readonly status: TaskStatus | null;
  readonly page: number;
  readonly columns: readonly BoardColumn[];
}

export interface Setting {
  readonly reader: Reader;
  readonly clock: Clock;
}

const tones = {
  urgent: "bad",
  high: "warn",
  medium: "faint",
  low: "faint",
  none: "faint",
} as const;

export const priorityBadge = (priority: BoardCard["priority"]): Html | "" =>
  priority === "none" ? "" : badge(priority, tones[priority]);

/** The value of `move`: status, version that the person saw, and task, separated by spaces, which none contains. */
export const moveValue = (to: TaskStatus, version: string, id: string): string =>
  `${to} ${version} ${encodeURIComponent(id.toWellFormed())}`;

export const moveButtons = (
  { task_id: id, status, version }: Pick<BoardCard, "task_id" | "status" | "version">,
  form: string,
): Html[] =>
  allowedTransitions(status).map(
    (to) =>
      html`<button form="${form}" name="move" value="${moveValue(to, version, id)}">
        ${statusNames[to]}
      </button>`,
  );

/** Constant for a task, so that the script finds its card again. */
const cardId = (id: string): string =>
  `c-${createHash("sha256").update(id).digest("hex").slice(0, 12)}`;

function cardOf(card: BoardCard, project: string, { reader, clock }: Setting): Html {
  const { task_id: id, title, status, priority, created_at: created, waitsFor } = card;
  const moves = moveButtons(card, "move");
  return html`<li
    class="card"
    id="${cardId(id)}"
    ${moves.length === 0 ? "" : html`draggable="true"`}
  >
    <a class="title" href="${addressOf("task", { project, id })}">${oneLine(title, 300)}</a>
    <p class="row small">
      <span class="id">${oneLine(id, 60)}</span> ${priorityBadge(priority)}
      ${status === "completed" || status === "cancelled" ? "" : ownersOf(card, reader.principal.user)}
      <span class="push faint">${age(Date.parse(created), clock)}</span>
    </p>
    ${waitsFor.length === 0 ? "" : html`<p class="why">waits for ${oneLine(waitsFor.join(", "), 200)}</p>`}
    ${
      moves.length === 0
        ? ""
        : html`<details class="menu">
            <summary>Move<span class="unseen"> ${oneLine(id, 60)}</span></summary>
            <div>${moves}</div>
          </details>`
    }
  </li>`;
}

const queryOf = ({ project, filter, status, page }: BoardView): Record<string, string> => ({
  project,
  ...(filter.text === "" ? {} : { text: filter.text }),
  ...(filter.owner === "" ? {} : { owner: filter.owner }),
  ...(status === null ? {} : { status }),
  ...(page === 1 ? {} : { page: String(page) }),
});

export const boardAddress = (view: BoardView): string => addressOf("", queryOf(view));

function columnOf(column: BoardColumn, view: BoardView, setting: Setting): Html {
  const { status, cards, total, hasMore } = column;
  const shown = total ?? `${cards.length}${hasMore ? "+" : ""}`;
  const more = { ...view, status, page: view.status === null ? 1 : view.page + 1 };
  return html`<section class="column" data-status="${status}" aria-labelledby="s-${status}">
    <h2 id="s-${status}">
      ${statusNames[status]} <span class="faint">${shown.toLocaleString("en")}</span>
    </h2>
    ${
      cards.length === 0
        ? html`<p class="faint small">None.</p>`
        : html`<ol>
            ${cards.map((card) => cardOf(card, view.project, setting))}
          </ol>`
    }
    ${hasMore ? html`<p class="small"><a href="${boardAddress(more)}">More ${statusNames[status].toLowerCase()} tasks</a></p>` : ""}
  </section>`;
}

const option = (value: string, name: string, chosen: string): Html =>
  html`<option value="${value}" ${value === chosen ? html`selected` : ""}>${name}</option>`;

const filterForm = ({ project, filter, status }: BoardView): Html =>
  html`<form
    class="row filter"
    method="get"
    action="/board"
    role="search"
    aria-label="Filter the tasks"
  >
    <input type="hidden" name="project" value="${exact(project)}" />
    <label
      >Text <input type="search" name="text" value="${exact(filter.text)}" maxlength="200"
    /></label>
    <label>Owner <input name="owner" value="${exact(filter.owner)}" maxlength="200" /></label>
    <label
      >Status
      <select name="status">
        ${option("", "open and completed", status ?? "")}
        ${taskStatuses.map((one) => option(one, statusNames[one].toLowerCase(), status ?? ""))}
      </select></label
    >
    <button>Filter</button>
  </form>`;

export interface AddInput {
  readonly title: string;
  readonly description: string;
  readonly priority: string;
}

export const noInput: AddInput = { title: "", description: "", priority: "none" };

export const addForm = (project: string | null, input: AddInput, reader: Reader): Html =>
  html`<form
    class="panel fields"
    method="post"
    action="/board/add${project === null ? "" : `?${new URLSearchParams({ project }).toString()}`}"
  >
    ${csrfField(reader)}
    ${project === null ? html`<label>Project <input name="project" required maxlength="200" /></label>` : ""}
    <label
      >Title <input name="title" required maxlength="1000" value="${exact(input.title)}"
    /></label>
    <label
      >Description
      <textarea name="description" rows="3" maxlength="100000">
${exact(input.description)}</textarea>
    </label>
    <label
      >Priority
      <select name="priority">
        ${taskPriorities.toReversed().map((one) => option(one, one, input.priority))}
      </select></label
    >
    <button>Add the task</button>
  </form>`;

/** `input`: the refused form's values, to be shown again. */
export function boardBody(view: BoardView, input: AddInput | null, setting: Setting): Html {
  const { reader } = setting;
  const back = new URLSearchParams({ project: view.project, back: boardAddress(view) }).toString();
  const shown = view.columns.reduce((sum, { cards }) => sum + cards.length, 0);
  return html`<div class="row head">
      <h1>${oneLine(view.project, 120)}</h1>
      <span class="faint small">${count(shown, "task")} shown</span>
    </div>
    ${filterForm(view)}
    <details class="add" ${input === null ? "" : html`open`}>
      <summary>Add a task</summary>
      ${addForm(view.project, input ?? noInput, reader)}
    </details>
    <form id="move" method="post" action="/board/move?${back}">${csrfField(reader)}</form>
    <div class="columns${view.status === null ? "" : " one"}">
      ${view.columns.map((column) => columnOf(column, view, setting))}
    </div>
    ${view.page === 1 ? "" : html`<p class="small"><a href="${boardAddress({ ...view, page: view.page - 1 })}">Previous page</a></p>`}`;
}
