// The deliveries in a report: the brief for the next session, and the texts of recent ones on a timeline.

import type { Report, ReportSession } from "../../../core/report/report.ts";
import { peerSeenMs } from "../../../core/news/peers.ts";
import { dateLine } from "../../../core/time.ts";
import { dayRows } from "../charts.ts";
import { age, badge, block, count, html, oneLine, type Clock, type Html } from "../html.ts";

export const briefSection = ({ brief }: Report): Html =>
  html`<section id="brief" aria-labelledby="brief-title">
    <div class="row">
      <h2 id="brief-title">What the next session reads</h2>
      <span class="small faint">about ${count(brief?.tokens ?? 0, "token")}</span>
    </div>
    ${brief === null ? html`<p class="faint">Nothing: Sitrep is silent here.</p>` : block(brief.text)}
  </section>`;

const eventNames: Readonly<Record<string, string>> = {
  SessionStart: "Brief",
  PreToolUse: "News",
  UserPromptSubmit: "News",
  SubagentStart: "Subagent",
};

type Text = ReportSession["texts"][number];

const textItem = ({ at, event, cause, text, tokens }: Text, { calendar }: Clock): Html =>
  html`<li>
    <details>
      <summary>
        <time datetime="${new Date(at).toISOString()}">${dateLine(calendar(at))}</time>
        <strong>${eventNames[event] ?? oneLine(event, 30)}</strong>
        <span class="faint">${oneLine(cause, 60)}, ${count(tokens, "token")}</span>
      </summary>
      ${block(text)}
    </details>
  </li>`;

const isRunning = ({ endedAt, lastSeen }: ReportSession, now: number): boolean =>
  endedAt === null && now - lastSeen < peerSeenMs;

function sessionItem(session: ReportSession, { folder }: Report, clock: Clock): Html {
  const { id, worktree, startedAt, endedAt, lastSeen, texts } = session;
  const tokens = texts.reduce((sum, one) => sum + one.tokens, 0);
  return html`<li>
    <div class="row">
      <h3><span class="unseen">Session </span><code>${id.slice(0, 8)}</code></h3>
      ${isRunning(session, clock.now) ? badge("running", "good") : ""}
      <span class="small faint"
        >started ${age(startedAt, clock)} ago, ${endedAt === null ? "last seen" : "ended"}
        ${age(endedAt ?? lastSeen, clock)} ago${worktree === folder ? "" : `, in ${worktree}`}</span
      >
      <span class="small push">${count(texts.length, "text")}, ${count(tokens, "token")}</span>
    </div>
    <ol class="texts">
      ${texts.map((text) => textItem(text, clock))}
    </ol>
  </li>`;
}

const shownAtOnce = 4;

export function sessionsSection(report: Report, clock: Clock): Html {
  const { sessions } = report;
  const spans = sessions.map(({ startedAt: from, endedAt, lastSeen, texts }) => {
    return { from, until: endedAt ?? lastSeen, marks: texts.map(({ at }) => at) };
  });
  const days = report.days.map(({ day }) => day);
  const label = "Sessions by day and time of day; the list below has the same";
  const items = sessions.map((session) => sessionItem(session, report, clock));
  const rest = items.slice(shownAtOnce);
  return html`<section id="sessions" aria-labelledby="sessions-title">
    <h2 id="sessions-title">What sessions were told</h2>
    ${
      sessions.length === 0
        ? html`<p class="faint">No session has started here yet.</p>`
        : html`<figure>
            ${dayRows(spans, days, label, clock.calendar)}
            <figcaption class="small faint">
              A line is a session, a dot a text that it was given, at the time of day.
            </figcaption>
          </figure>`
    }
    <ol class="sessions">
      ${items.slice(0, shownAtOnce)}
    </ol>
    ${
      rest.length === 0
        ? ""
        : html`<details class="more">
            <summary>${count(rest.length, "earlier session")}</summary>
            <ol class="sessions">
              ${rest}
            </ol>
          </details>`
    }
  </section>`;
}
