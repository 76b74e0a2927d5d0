// The other pages: signing in, the projects, and who works on what.

import type { BoardCard } from "../../board/backend-calls.ts";
import { age, exact, html, oneLine, type Html } from "../html.ts";
import { addForm, noInput, type Setting } from "./board-page.ts";
import { addressOf, type Reader } from "./layout.ts";
import { personText } from "./text.ts";

export interface ProjectCounts {
  readonly project: string;
  readonly open: number;
  readonly inProgress: number;
}

export function projectsBody(projects: readonly ProjectCounts[], reader: Reader): Html {
  const row = ({ project, open, inProgress }: ProjectCounts): Html =>
    html`<li class="row">
      <a class="title" href="${addressOf("", { project })}">${oneLine(project, 200)}</a>
      <span class="push faint"
        >${open.toLocaleString("en")} open, ${inProgress.toLocaleString("en")} in progress</span
      >
    </li>`;
  return html`<h1>Projects</h1>
    ${
      projects.length === 0
        ? html`<p>
            There are no tasks yet. Add the first one here, or by the task tools: a project is the
            name that its tasks give.
          </p>`
        : html`<ul class="projects">
            ${projects.map(row)}
          </ul>`
    }
    <details class="add" ${projects.length === 0 ? html`open` : ""}>
      <summary>Add a task</summary>
      ${addForm(null, noInput, reader)}
    </details>`;
}

/** `cards`: those in progress. A task is under each of its owners. */
export function peopleBody(
  project: string,
  cards: readonly BoardCard[],
  { reader, clock }: Setting,
): Html {
  const byPerson = new Map<string, BoardCard[]>();
  for (const card of cards) {
    const names = card.assignees.length > 0 ? card.assignees : [card.taker?.author ?? null];
    for (const one of names) {
      const isUnknown = one === null && card.taker === null;
      const who = isUnknown ? "Unknown" : personText(one, reader.principal.user);
      byPerson.set(who, [...(byPerson.get(who) ?? []), card]);
    }
  }
  const task = (card: BoardCard): Html =>
    html`<li class="row">
      <span class="id">${oneLine(card.task_id, 60)}</span>
      <a class="title" href="${addressOf("task", { project, id: card.task_id })}"
        >${oneLine(card.title, 300)}</a
      >
      <span class="push faint small"
        >${card.taker === null ? "" : html`for ${age(Date.parse(card.taker.at), clock)}`}</span
      >
    </li>`;
  const people = [...byPerson].toSorted(([one], [other]) => (one < other ? -1 : 1));
  return html`<h1>Who works on what</h1>
    ${people.length === 0 ? html`<p class="faint">No task is in progress.</p>` : ""}
    ${people.map(
      ([who, own]) =>
        html`<section>
          <h2>${oneLine(who, 80)} <span class="faint">${own.length}</span></h2>
          <ul class="projects">
            ${own.map(task)}
          </ul>
        </section>`,
    )}`;
}

export interface SignInMethods {
  readonly hasIssuer: boolean;
  /** True if the server lets in everybody of this machine. */
  readonly isOpen: boolean;
  /** Where to go afterwards: a path of the board's. */
  readonly to: string;
}

export function signInBody({ hasIssuer, isOpen, to }: SignInMethods): Html {
  const query = new URLSearchParams({ to }).toString();
  const byIssuer = html`<p>
    <a class="button" href="/sign-in/start?${query}">Sign in with your organization's account</a>
  </p>`;
  const byKey = html`<form class="panel fields" method="post" action="/sign-in">
    <input type="hidden" name="to" value="${exact(to)}" />
    <label
      >Key
      <input
        type="password"
        name="key"
        ${isOpen ? "" : html`required`}
        maxlength="20000"
        autocomplete="off"
        spellcheck="false"
    /></label>
    <p class="faint small">
      ${isOpen ? "This server is open: without a key you come in as this machine's person." : "A key that sitrep serve showed you, or a token. The browser does not keep it."}
    </p>
    <button>Sign in</button>
  </form>`;
  return html`<div class="narrow">
    <h1>Sign in</h1>
    ${hasIssuer ? byIssuer : ""} ${byKey}
  </div>`;
}

export const messageBody = (title: string, text: string): Html =>
  html`<div class="narrow">
    <h1>${title}</h1>
    <p>${text}</p>
    <p><a href="/">Go to the projects</a></p>
  </div>`;
