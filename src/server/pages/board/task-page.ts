// A task with its history and comments, and the forms that change it.

import type { HistoryStep } from "../../../store/change.ts";
import type { TaskDetails } from "../../board/backend-calls.ts";
import { age, block, exact, html, linkTo, oneLine, type Clock, type Html } from "../html.ts";
import { moveButtons, priorityBadge, type Setting } from "./board-page.ts";
import { addressOf, csrfField } from "./layout.ts";
import { statusNames, stepText, personText } from "./text.ts";

/** The person's input in a refused form; null for the other forms. */
export interface RefusedInput {
  readonly notes: string | null;
  readonly assignees: string | null;
  readonly comment: string | null;
}

export const nothingKept: RefusedInput = { notes: null, assignees: null, comment: null };

const ownText = (text: string | null, name: string): Html =>
  text === null || text === ""
    ? html``
    : html`<h2>${name}</h2>
        ${block(text)}`;

function facts({ task, waitsFor }: TaskDetails, clock: Clock): Html {
  const href = linkTo(task.url ?? undefined);
  const link = (id: string): Html =>
    html`<a href="${addressOf("task", { project: task.project_id, id })}">${oneLine(id, 60)}</a> `;
  const rows: [string, Html | string | null][] = [
    ["Status", html`${statusNames[task.status]} ${priorityBadge(task.priority)}`],
    ["Assigned to", task.assignees.join(", ") || "nobody"],
    ["Waits for", waitsFor.length === 0 ? null : html`${waitsFor.slice(0, 50).map(link)}`],
    ["Due", task.due],
    ["Labels", task.labels.join(", ") || null],
    ["Branch", task.branch],
    ["Address", href === null ? null : html`<a href="${href}">${oneLine(href, 200)}</a>`],
    ["Created", html`${age(Date.parse(task.created_at), clock)} ago`],
    ["Changed", html`${age(Date.parse(task.updated_at), clock)} ago`],
  ];
  return html`<dl class="small">
    ${rows.map(([name, value]) =>
      value === null
        ? ""
        : html`<dt>${name}</dt>
            <dd>${value}</dd>`,
    )}
  </dl>`;
}

function forms({ task }: TaskDetails, kept: RefusedInput, { reader }: Setting): Html {
  const query = new URLSearchParams({ project: task.project_id, id: task.task_id }).toString();
  const version = html`<input type="hidden" name="version" value="${task.updated_at}" />`;
  const card = { ...task, version: task.updated_at };
  const moves = moveButtons(card, "move");
  const statusForm =
    moves.length === 0
      ? html`<p class="faint">${statusNames[task.status]} is final.</p>`
      : html`<form id="move" class="fields" method="post" action="/board/move?${query}">
          ${csrfField(reader)}
          <label
            >Notes
            <textarea name="notes" rows="2" maxlength="100000">${exact(kept.notes ?? "")}</textarea>
          </label>
          <p class="row">${moves}</p>
        </form>`;
  return html`<section aria-labelledby="f-move">
      <h2 id="f-move">Change the status</h2>
      ${statusForm}
    </section>
    <section aria-labelledby="f-assign">
      <h2 id="f-assign">Assign</h2>
      <form class="fields" method="post" action="/board/assign?${query}">
        ${csrfField(reader)} ${version}
        <label
          >Names, separated by commas
          <input
            name="assignees"
            maxlength="2000"
            value="${exact(kept.assignees ?? task.assignees.join(", "))}"
        /></label>
        <p class="row">
          <button>Assign</button>
          <button name="to" value="me">Assign to me</button>
        </p>
      </form>
    </section>
    <section aria-labelledby="f-comment">
      <h2 id="f-comment">Comment</h2>
      <form class="fields" method="post" action="/board/comment?${query}">
        ${csrfField(reader)}
        <label
          >Text
          <textarea name="comment" rows="3" required maxlength="10000">
${exact(kept.comment ?? "")}</textarea>
        </label>
        <button>Comment</button>
      </form>
    </section>`;
}

/** Steps and comments together, latest first. */
function activity({ steps, comments }: TaskDetails, { reader, clock }: Setting): Html {
  const me = reader.principal.user;
  const head = (author: string | null, at: string): Html =>
    html`<strong>${oneLine(personText(author, me), 60)}</strong>
      <span class="faint small">${age(Date.parse(at), clock)} ago</span>`;
  const entries = [
    ...steps.map((step) => ({
      at: step.at,
      part: html`${head(step.author, step.at)} ${stepText(step)}`,
    })),
    ...comments.map(({ at, author, body }) => ({
      at,
      part: html`${head(author, at)} ${block(body)}`,
    })),
  ].toSorted((one, other) => (one.at < other.at ? 1 : -1));
  return html`<section aria-labelledby="activity">
    <h2 id="activity">History</h2>
    ${
      entries.length === 0
        ? html`<p class="faint">Nothing in the last 90 days.</p>`
        : html`<ol class="activity">
            ${entries.map(({ part }) => html`<li>${part}</li>`)}
          </ol>`
    }
  </section>`;
}

export function taskBody(details: TaskDetails, kept: RefusedInput, setting: Setting): Html {
  const { task } = details;
  return html`<p class="id">${oneLine(task.task_id, 130)}</p>
    <h1>${oneLine(task.title)}</h1>
    <div class="two">
      <div>
        ${ownText(task.description, "Description")} ${ownText(task.completion_notes, "Notes")}
        ${activity(details, setting)}
      </div>
      <div class="side">${facts(details, setting.clock)} ${forms(details, kept, setting)}</div>
    </div>`;
}

/** The last changes of all tasks of a project. */
export function changesBody(
  project: string,
  steps: readonly HistoryStep[],
  { reader, clock }: Setting,
): Html {
  const row = (step: HistoryStep): Html =>
    html`<tr>
      <td class="age">${age(Date.parse(step.at), clock)}</td>
      <td class="owner">${oneLine(personText(step.author, reader.principal.user), 60)}</td>
      <td>
        <a class="id" href="${addressOf("task", { project, id: step.id })}"
          >${oneLine(step.id, 60)}</a
        >
        ${oneLine((step.after ?? step.before)?.title ?? "", 200)}<br /><span class="faint"
          >${stepText(step)}</span
        >
      </td>
    </tr>`;
  return html`<h1>Last changes</h1>
    <table>
      <thead>
        <tr>
          <th scope="col" class="age">Age</th>
          <th scope="col" class="owner">Who</th>
          <th scope="col">What</th>
        </tr>
      </thead>
      <tbody>
        ${steps.map(row)}
      </tbody>
    </table>`;
}
