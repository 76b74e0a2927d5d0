// The tasks of a report: the first ones across all sources, and the board by source.

import type { Report, ReportSource, ReportTask } from "../../../core/report/report.ts";
import { sections, type Section } from "../../../core/today.ts";
import { age, count, html, oneLine, owner, title, type Clock, type Html } from "../html.ts";

const line = ({ why, isOverdue, ...task }: ReportTask): Html =>
  html`<div><span class="id">${oneLine(task.id, 60)}</span> ${title(task)}</div>
    ${why.length === 0 ? "" : html`<span class="why${isOverdue ? " bad" : ""}">${why.join(" · ")}</span>`}`;

/** The first tasks in one section, in the order in which bare `sitrep` has them. */
export function firstTasks({ first }: Report, section: Section, empty: string): Html {
  const tasks = first.filter((task) => task.section === section);
  const heading = html`<h2 id="first-${section}">${section}</h2>`;
  if (tasks.length === 0)
    return empty === ""
      ? html``
      : html`${heading}
          <p class="faint">${empty}</p>`;
  return html`${heading}
    <ol class="first" aria-labelledby="first-${section}">
      ${tasks.map((task) => html`<li>${line(task)}</li>`)}
    </ol>`;
}

const row = (task: ReportTask, clock: Clock): Html =>
  html`<tr class="task">
    <td>${line(task)}</td>
    <td>${owner(task)}</td>
    <td class="number">${age(Date.parse(task.createdAt ?? ""), clock)}</td>
  </tr>`;

const sectionTitles = { Now: "In progress", Next: "Ready", Waiting: "Waiting" } as const;

function tableOf(
  tasks: readonly ReportTask[],
  totals: ReadonlyMap<Section, number>,
  label: string,
  clock: Clock,
): Html {
  const groups = sections.map((section) => ({
    section,
    own: tasks.filter((one) => one.section === section),
  }));
  return html`<table aria-labelledby="${label}">
    <thead>
      <tr>
        <th scope="col">Task</th>
        <th scope="col" class="owner">Owner</th>
        <th scope="col" class="age number">Age</th>
      </tr>
    </thead>
    ${groups
      .filter(({ own }) => own.length > 0)
      .map(
        ({ section, own }) =>
          html`<tbody>
            <tr class="group">
              <th scope="rowgroup" colspan="3">
                ${sectionTitles[section]} <span class="faint">${totals.get(section) ?? 0}</span>
              </th>
            </tr>
            ${own.map((task) => row(task, clock))}
          </tbody>`,
      )}
  </table>`;
}

/** Further tasks are collapsed at first, so that a page of ten thousand tasks opens as fast as one of fifty. */
const shownAtOnce = 50;

function board(
  { source, tasks, words, open, isWell, code }: ReportSource,
  at: number,
  clock: Clock,
): Html {
  const sorted = sections.flatMap((section) => tasks.filter((one) => one.section === section));
  const totals = new Map(
    sections.map((one) => [one, tasks.filter(({ section }) => section === one).length]),
  );
  const [shown, rest] = [sorted.slice(0, shownAtOnce), sorted.slice(shownAtOnce)];
  const label = `source-${at}`;
  return html`<section class="source" aria-labelledby="${label}">
    <div class="row">
      <h3 id="${label}">${oneLine(source, 60)}</h3>
      <span class="small ${isWell ? "faint" : "warn"}"
        >${count(open ?? 0, "open task")}${code === null ? ", " : "; it "}${words}</span
      >
    </div>
    ${shown.length === 0 ? "" : tableOf(shown, totals, label, clock)}
    ${
      rest.length === 0
        ? ""
        : html`<details class="more">
            <summary>${count(rest.length, "more task")}</summary>
            ${tableOf(rest, totals, label, clock)}
          </details>`
    }
  </section>`;
}

export function tasksSection({ sources }: Report, clock: Clock): Html {
  const shown = sources.filter(({ tasks, isWell }) => tasks.length > 0 || !isWell);
  return html`<section id="tasks" aria-labelledby="tasks-title">
    <div class="row">
      <h2 id="tasks-title">Tasks by source</h2>
      <label class="filter push screen" hidden
        >Filter
        <input
          type="search"
          id="filter"
          autocomplete="off"
          spellcheck="false"
          aria-keyshortcuts="/"
      /></label>
    </div>
    <p id="found" class="small faint" role="status"></p>
    ${shown.length === 0 ? html`<p class="faint">No open tasks are known here.</p>` : ""}
    ${shown.map((source, at) => board(source, at, clock))}
  </section>`;
}
