// The branches and the working trees of a report.

import type { Report, ReportBranch } from "../../../core/report/report.ts";
import { age, badge, html, oneLine, type Clock, type Html } from "../html.ts";

function remoteOf({ upstream, track, end }: ReportBranch): Html {
  if (end === "merged") return badge("merged", "good");
  if (track === "gone" || end === "deleted") return badge("deleted", "warn");
  if (upstream === null) return html`<span class="faint">not pushed</span>`;
  return html`${track === "" ? "up to date" : track}`;
}

/** `folder`: the report's own, where most branches are. */
const branchRow = (branch: ReportBranch, folder: string, clock: Clock): Html =>
  html`<tr>
    <td>
      <strong class="branch">${oneLine(branch.name, 120)}</strong>
      ${branch.worktree === null ? "" : badge("checked out", "faint")}
      <span class="why">${oneLine(branch.subject, 120)}</span>
      ${
        branch.worktree === null || branch.worktree === folder
          ? ""
          : html`<code class="why">${oneLine(branch.worktree, 200)}</code>`
      }
    </td>
    <td>${oneLine(branch.tasks.join(", "), 80)}</td>
    <td>${remoteOf(branch)}</td>
    <td class="number">${age(branch.at, clock)}</td>
  </tr>`;

const table = (branches: readonly ReportBranch[], folder: string, clock: Clock): Html =>
  html`<table aria-label="Branches">
    <thead>
      <tr>
        <th scope="col">Branch</th>
        <th scope="col" class="owner">Tasks</th>
        <th scope="col" class="owner">Remote</th>
        <th scope="col" class="age number">Age</th>
      </tr>
    </thead>
    <tbody>
      ${branches.map((branch) => branchRow(branch, folder, clock))}
    </tbody>
  </table>`;

const shownAtOnce = 12;

export function repositorySection({ branches, worktrees, folder }: Report, clock: Clock): Html {
  const rest = branches.slice(shownAtOnce);
  return html`<section id="repository" aria-labelledby="repository-title">
    <h2 id="repository-title">Branches and worktrees</h2>
    ${worktrees.length === 0 ? html`<p class="faint">Git has not been read here.</p>` : ""}
    <ul class="trees">
      ${worktrees.map(
        ({ path, words, readAt }) =>
          html`<li>
            <code>${path}</code>
            <p class="small">${words} <span class="faint">read ${age(readAt, clock)} ago</span></p>
          </li>`,
      )}
    </ul>
    ${branches.length === 0 ? "" : table(branches.slice(0, shownAtOnce), folder, clock)}
    ${
      rest.length === 0
        ? ""
        : html`<details class="more">
            <summary>${rest.length} older</summary>
            ${table(rest, folder, clock)}
          </details>`
    }
  </section>`;
}
