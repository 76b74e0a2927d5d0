// A report as one HTML file: no server, no network, readable without its script.

import type { ReportProblem } from "../../../core/report/problems.ts";
import type { Report } from "../../../core/report/report.ts";
import { dateLine, localTime } from "../../../core/time.ts";
import { badge, html, oneLine, page, type Clock, type Html } from "../html.ts";
import { repositorySection } from "./repository-section.ts";
import { briefSection, sessionsSection } from "./session-section.ts";
import { reportCss, reportScript } from "./style.ts";
import { firstTasks, tasksSection } from "./task-section.ts";
import { trendsSection } from "./trends.ts";

const problem = ({ level, about, text, remedy }: ReportProblem): Html =>
  html`<li>
    <span>${badge(about, level === "error" ? "bad" : "warn")}</span>
    <div>${text} ${remedy === null ? "" : html`<code>${remedy}</code>`}</div>
  </li>`;

const problemsPanel = ({ problems }: Report): Html =>
  html`<section class="panel" aria-labelledby="wrong">
    <h2 id="wrong">${problems.length === 0 ? "Nothing is wrong" : "Wrong or late"}</h2>
    ${
      problems.length === 0
        ? html`<p class="faint">Every source answers, and git and the tasks agree.</p>`
        : html`<ul class="problems">
            ${problems.map(problem)}
          </ul>`
    }
  </section>`;

/** The state of the repository and of each source, as of the report. */
const stateList = ({ worktrees: [here], sources }: Report): Html =>
  html`<dl class="small">
    <dt>Git</dt>
    <dd>${here === undefined ? "not read" : here.words}</dd>
    ${sources.map(
      ({ source, open, words }) =>
        html`<dt>${source}</dt>
          <dd>${open === null ? "" : `${open} open, `}${words}</dd>`,
    )}
  </dl>`;

const links = {
  tasks: "Tasks",
  repository: "Branches",
  brief: "Brief",
  sessions: "Sessions",
  trends: "Trends",
};

export function reportPage(report: Report): Promise<string> {
  const clock: Clock = { now: report.at, calendar: localTime };
  const name = oneLine(report.project, 80);
  const when = dateLine(localTime(report.at));
  const body = html`<a class="unseen" href="#main">Skip to the tasks</a>
    <header>
      <div>
        <h1>${name}</h1>
        <p class="faint small">${when} · <code>${report.folder}</code></p>
      </div>
      <nav class="screen" aria-label="Sections">
        ${Object.entries(links).map(([id, text]) => html`<a href="#${id}">${text}</a>`)}
      </nav>
    </header>
    <main id="main" tabindex="-1">
      <div class="start">
        <div>
          ${firstTasks(report, "Now", "Nothing is in progress.")}
          ${firstTasks(report, "Next", "Nothing is ready.")} ${firstTasks(report, "Waiting", "")}
        </div>
        <div>${problemsPanel(report)} ${stateList(report)}</div>
      </div>
      ${tasksSection(report, clock)} ${repositorySection(report, clock)} ${briefSection(report)}
      ${sessionsSection(report, clock)} ${trendsSection(report)}
    </main>
    <footer class="small faint">
      Made by Sitrep ${report.version} from its cache, ${when}. Make it again:
      <code>sitrep report</code>
    </footer>`;
  return page(`${name}: tasks and sessions`, reportCss, reportScript, body);
}
