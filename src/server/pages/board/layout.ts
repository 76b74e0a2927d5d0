// The frame of the board's pages. They load one style and one script, both from this server.

import { createHash } from "node:crypto";
import type { Principal } from "../../principal.ts";
import { exact, html, oneLine, type Html } from "../html.ts";
import { boardScript } from "./script.ts";
import { boardCss } from "./style.ts";

export interface BoardFile {
  readonly path: string;
  readonly type: string;
  readonly text: string;
}

/** The name changes with the content, so that a browser may keep it. */
const fileOf = (name: string, ending: string, type: string, text: string): BoardFile => ({
  path: `/board/${name}.${createHash("sha256").update(text).digest("hex").slice(0, 16)}.${ending}`,
  type: `${type}; charset=utf-8`,
  text,
});

const style = fileOf("style", "css", "text/css", boardCss);
const script = fileOf("script", "js", "text/javascript", boardScript);
export const boardFiles: readonly BoardFile[] = [style, script];

/** The reader of the page. `csrf`: bound to the session; each form has it. */
export interface Reader {
  readonly principal: Principal;
  readonly csrf: string;
}

export const csrfField = ({ csrf }: Reader): Html =>
  html`<input type="hidden" name="csrf" value="${csrf}" />`;

export type View = "" | "task" | "people" | "changes";

/** The address of a view. Other people's names are only in its query. */
export const addressOf = (view: View, query: Readonly<Record<string, string>>): string =>
  `/board${view === "" ? "" : `/${view}`}?${new URLSearchParams(query).toString()}`;

const tabs = { "": "Board", people: "Who works on what", changes: "Changes" } as const;

const navigation = (project: string, current: View): Html =>
  html`<nav aria-label="Project">
    ${Object.entries(tabs).map(([view, name]) => {
      const here = view === current ? html` aria-current="page"` : "";
      return html`<a href="${addressOf(view as View, { project })}" ${here}>${name}</a>`;
    })}
  </nav>`;

const account = (reader: Reader): Html =>
  html`<form class="account small" method="post" action="/sign-out">
    ${csrfField(reader)}
    <span class="faint"
      >${oneLine(reader.principal.user, 60)}${reader.principal.organization === "" ? "" : html` · ${oneLine(reader.principal.organization, 60)}`}</span
    >
    <button class="plain">Sign out</button>
  </form>`;

export interface Page {
  /** `LiveStreams.versionOf` when the page was made; empty for a page that is not live. */
  readonly version: string;
  readonly name: string;
  readonly reader: Reader | null;
  /** Null outside a project. */
  readonly project: string | null;
  readonly view: View;
  /** Why the last action failed, or null. */
  readonly alert: string | null;
  readonly body: Html;
}

const alertOf = (text: string | null): Html =>
  text === null ? html`` : html`<p class="alert" id="alert" role="alert">${text}</p>`;

/** `data-live`: the script shows changes of this project as they come. */
export async function boardPage(shown: Page): Promise<string> {
  const { name, reader, project, view, alert, body, version } = shown;
  const live =
    version === "" ? "" : html` data-live="${exact(project ?? "")}" data-version="${version}"`;
  const whole = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${oneLine(name, 80)} · Sitrep</title>
        <link rel="stylesheet" href="${style.path}" />
        <script type="module" src="${script.path}"></script>
      </head>
      <body>
        <a class="unseen" href="#main">Skip to the content</a>
        <header>
          <a href="/">Projects</a>
          ${project === null ? "" : html`<strong class="project">${oneLine(project, 60)}</strong>`}
          ${project === null ? "" : navigation(project, view)}
          ${reader === null ? "" : account(reader)}
        </header>
        <main id="main" tabindex="-1" ${live}>
          ${alertOf(alert)}
          <div id="live">${body}</div>
        </main>
        <p id="said" class="said small" role="status"></p>
      </body>
    </html> `;
  return (await whole).toString();
}
